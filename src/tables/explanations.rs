//! *Explanations* of the codes that checks and refusals carry: what a code means, what follows
//! from it, what to do. The texts stand in `codes.txt`.
//!
//! `traj explain` shows them; `train` asks whether a muted code is one.

use std::sync::LazyLock;

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// The code, which does not change from version to version.
    pub code: &'static str,
    /// Whether it is of a check on a run; else it is of a refused file.
    pub is_check: bool,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// What follows from it, and what to do.
    pub advice: &'static str,
}

/// All codes, checks before refusals.
#[must_use]
pub fn explanations() -> &'static [Explanation] {
    &ALL
}

/// The explanation of a code of a check or a refusal.
#[must_use]
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    ALL.iter().find(|known| known.code == code)
}

static ALL: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    let text = include_str!("codes.txt");
    let blocks = text.split("\n\n").filter(|block| !block.starts_with('#'));
    blocks.map(|block| parse(block).expect("a test reads every block of the text")).collect()
});

fn parse(block: &'static str) -> Option<Explanation> {
    let (head, rest) = block.trim_end().split_once('\n')?;
    let (kind, code) = head.split_once(' ')?;
    let (meaning, advice) = rest.split_once('\n')?;
    let is_check = match kind {
        "check" => true,
        "file" => false,
        _ => return None,
    };
    Some(Explanation { code, is_check, meaning, advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::RejectCode;

    #[test]
    fn every_code_of_a_refusal_is_explained_once_and_no_other() {
        let of_files: Vec<&str> =
            explanations().iter().filter(|e| !e.is_check).map(|e| e.code).collect();
        let expected: Vec<&str> = RejectCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(of_files, expected);
        let mut codes: Vec<&str> = explanations().iter().map(|e| e.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), explanations().len());
    }

    #[test]
    fn explanations_are_sentences() {
        for Explanation { code, meaning, advice, .. } in explanations() {
            assert!(meaning.ends_with('.') && advice.ends_with('.'), "{code}");
        }
    }
}
