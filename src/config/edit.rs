//! Editing a traj.toml: words are added to a list, everything else is kept as it is, comments
//! and all.

use toml_edit::{Array, DocumentMut, Item, TableLike, Value, table};

/// Why a text cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("it is no TOML")]
    Syntax,
    /// Something else stands where the section or the list should be.
    #[error("`{0}` is no list of words in a section")]
    Shape(String),
}

/// A text of TOML with words added to the list at `section.key`, if they are not in it, and the
/// words that were added. What is missing is made; without words to add, the text is as it was.
///
/// # Errors
/// As [`EditError`] says.
pub fn add_words(
    text: &str,
    section: &str,
    key: &str,
    words: &[String],
) -> Result<(String, Vec<String>), EditError> {
    let mut document: DocumentMut = text.parse().map_err(|_| EditError::Syntax)?;
    let shape = || EditError::Shape(format!("{section}.{key}"));
    let known = document.get(section).and_then(Item::as_table_like);
    let known = known.and_then(|section: &dyn TableLike| section.get(key));
    let known: Vec<&str> = match known {
        Some(list) => list.as_array().ok_or_else(shape)?.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    let added: Vec<String> =
        words.iter().filter(|word| !known.contains(&word.as_str())).cloned().collect();
    if added.is_empty() {
        return Ok((text.to_owned(), added));
    }
    let section = document.entry(section).or_insert_with(table);
    let section = section.as_table_like_mut().ok_or_else(shape)?;
    let list = section.entry(key).or_insert_with(|| Item::Value(Array::new().into()));
    append(list.as_array_mut().ok_or_else(shape)?, &added);
    Ok((document.to_string(), added))
}

/// Appends words, one a line. A comment behind the last one so far stays there.
fn append(list: &mut Array, words: &[String]) {
    let behind = list.trailing().as_str().unwrap_or("").trim_end().to_owned();
    for (at, word) in words.iter().enumerate() {
        let mut value = Value::from(word.as_str());
        let before = if at == 0 { behind.as_str() } else { "" };
        value.decor_mut().set_prefix(format!("{before}\n    "));
        list.push_formatted(value);
    }
    list.set_trailing_comma(true);
    list.set_trailing("\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, words: &[&str]) -> Result<(String, Vec<String>), EditError> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        add_words(text, "train", "leave_out", &words)
    }

    #[test]
    fn everything_else_is_kept_and_what_is_there_is_not_added_twice() {
        let text = "# mine\n[data]\nroot = \"x\" # here\n\n[train]\nfolds = 3\nleave_out = [\n    \
                    \"T_min\", # for a reason\n]\n\n[forest]\ntrees = 5\n";
        let (edited, new) = added(text, &["T_min", "p_max", "q\"@600s"]).unwrap();
        assert_eq!(new, ["p_max", "q\"@600s"]);
        assert_eq!(
            edited,
            text.replace("# for a reason\n]", "# for a reason\n    \"p_max\",\n    'q\"@600s',\n]")
        );
        assert_eq!(added(&edited, &["p_max"]).unwrap(), (edited, vec![]));
    }

    #[test]
    fn sections_and_lists_that_are_missing_are_made() {
        for text in
            ["", "[data]\nroot = \"x\"\n", "[train]\nfolds = 3 # few\n", "train.folds = 3\n"]
        {
            let (edited, _) = added(text, &["a", "b"]).unwrap();
            let table: toml::Table = edited.parse().unwrap();
            assert_eq!(table["train"]["leave_out"], toml::Value::from(vec!["a", "b"]), "{edited}");
            assert!(text.lines().all(|line| edited.contains(line)), "{edited}");
        }
    }

    #[test]
    fn what_is_no_list_is_left_alone() {
        for text in ["train = 3\n", "[train]\nleave_out = \"all\"\n", "[[train]]\n"] {
            assert!(matches!(added(text, &["a"]), Err(EditError::Shape(_))), "{text}");
        }
        assert_eq!(added("[train", &["a"]), Err(EditError::Syntax));
    }
}
