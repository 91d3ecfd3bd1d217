//! Finding a key's place in a text, so that an error can point at it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The place of the value (or, for `wants_key`, of the name) at a path of keys such as
/// `train.folds` or `source[0].columns.time`, or of the longest part of it that the text
/// has. None where the text has not even its first key.
pub(super) fn locate(
    text: &str,
    path: &[String],
    wants_key: bool,
) -> Option<(usize, Range<usize>)> {
    let table = DeTable::parse(text).ok()?;
    let mut found: Option<(usize, Range<usize>)> = None;
    let mut at = Node::Table(table.get_ref());
    for (depth, key) in path.iter().enumerate() {
        let step = match at {
            Node::Table(table) => table
                .iter()
                .find(|(name, _)| name.get_ref().as_ref() == key.as_str())
                .map(|(name, value)| (name.span(), value)),
            Node::Array(array) => key
                .parse::<usize>()
                .ok()
                .and_then(|index| array.get(index))
                .map(|value| (value.span(), value)),
            Node::Leaf => None,
        };
        let Some((name, value)) = step else { break };
        found = Some((depth + 1, if wants_key { name } else { value.span() }));
        at = match value.get_ref() {
            DeValue::Table(table) => Node::Table(table),
            DeValue::Array(array) => Node::Array(array),
            _ => Node::Leaf,
        };
    }
    found
}

enum Node<'a> {
    Table(&'a DeTable<'a>),
    Array(&'a [Spanned<DeValue<'a>>]),
    Leaf,
}

/// The keys of a path as `serde_path_to_error` writes it: `source[0].columns.time`.
pub(super) fn keys_of(path: &str) -> Vec<String> {
    path.split(['.', '[', ']']).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// The key among `known` that was probably meant.
pub(super) fn nearest<'a>(meant: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|key| (strsim::damerau_levenshtein(key, meant), key))
        .min()
        .filter(|(distance, key)| *distance <= key.len().max(meant.len()) / 3)
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_tables_arrays_and_dotted_keys() {
        let text = "a.b = 1\n[[s]]\nx = 1\n[[s]]\n[s.t]\ny = 'why'\n";
        let place = |path: &str| {
            locate(text, &keys_of(path), false).map(|(depth, span)| (depth, &text[span]))
        };
        assert_eq!(place("a.b"), Some((2, "1")));
        assert_eq!(place("s[1].t.y"), Some((4, "'why'")));
        assert_eq!(place("s[0].z").map(|(depth, _)| depth), Some(2));
        assert_eq!(place("nowhere"), None);
    }
}
