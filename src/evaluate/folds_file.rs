//! A *folds file* is a CSV that says which flights each fold learns from and holds out, so
//! that another program can be compared with ours fold by fold.
//!
//! `train` reads it instead of dividing flights itself. Its columns are `split, fold,
//! flight_id, role`, the role being `train` or `test`.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Fold, FoldsFault, SplitError};
use crate::tables::Split;

const TRAIN: &str = "train";
const TEST: &str = "test";

/// Who is in a fold, by flight: true is held out.
type Roles = BTreeMap<usize, bool>;

/// Reads the folds of each split in `splits`. `ids` are the dataset's flights, ascending.
/// The folds come in order of their numbers; rows of other splits are checked and left.
///
/// # Errors
/// As [`SplitError`] says, with the line.
pub fn read_folds(
    path: &Path,
    splits: &[Split],
    ids: &[&str],
) -> Result<BTreeMap<Split, Vec<Fold>>, SplitError> {
    let unreadable = |source| SplitError::ReadFolds { path: path.to_owned(), source };
    let bad = |line, reason| SplitError::BadFolds { path: path.to_owned(), line, reason };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &'static str| {
        // A byte-order mark clings to the first name.
        let at = header.iter().position(|found| found.trim_start_matches('\u{feff}') == name);
        at.ok_or_else(|| bad(1, FoldsFault::NoColumn(name)))
    };
    let places = [column("split")?, column("fold")?, column("flight_id")?, column("role")?];
    let mut found: BTreeMap<(Split, u32), Roles> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = places.map(|place| record.get(place).unwrap_or_default());
        add(&mut found, cells, ids).map_err(|reason| bad(line, reason))?;
    }
    let mut folds: BTreeMap<Split, Vec<Fold>> = BTreeMap::new();
    for ((split, number), roles) in found.into_iter().filter(|((s, _), _)| splits.contains(s)) {
        let with = |held: bool| roles.iter().filter(move |(_, h)| **h == held).map(|(f, _)| *f);
        let fold = Fold { train: with(false).collect(), test: with(true).collect() };
        for (flights, role) in [(&fold.train, TRAIN), (&fold.test, TEST)] {
            if flights.is_empty() {
                let path = path.to_owned();
                return Err(SplitError::EmptyFold { path, split, fold: number, role });
            }
        }
        folds.entry(split).or_default().push(fold);
    }
    match splits.iter().find(|split| !folds.contains_key(split)) {
        Some(&split) => Err(SplitError::NoFolds { path: path.to_owned(), split }),
        None => Ok(folds),
    }
}

fn add(
    found: &mut BTreeMap<(Split, u32), Roles>,
    [split, fold, id, role]: [&str; 4],
    ids: &[&str],
) -> Result<(), FoldsFault> {
    let split: Split = split.parse()?;
    let fold: u32 = fold.parse().map_err(|_| FoldsFault::NotANumber(fold.to_owned()))?;
    let is_test = match role {
        TRAIN => false,
        TEST => true,
        _ => return Err(FoldsFault::UnknownRole(role.to_owned())),
    };
    let flight = ids.binary_search(&id).map_err(|_| FoldsFault::UnknownFlight(id.to_owned()))?;
    match found.entry((split, fold)).or_default().insert(flight, is_test) {
        None => Ok(()),
        Some(was_test) => Err(FoldsFault::Twice {
            flight: id.to_owned(),
            fold,
            split,
            role: if was_test { TEST } else { TRAIN },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem as _;

    const IDS: [&str; 4] = ["a", "b", "c", "d"];

    fn read(text: &str) -> Result<BTreeMap<Split, Vec<Fold>>, SplitError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folds.csv");
        std::fs::write(&path, text).unwrap();
        read_folds(&path, &[Split::Forward], &IDS)
    }

    fn complaint(text: &str) -> String {
        let error = read(text).unwrap_err();
        assert!(error.hint().is_some());
        let message = error.to_string();
        message.split_once("folds.csv").unwrap().1.to_owned()
    }

    #[test]
    fn folds_come_in_order_of_their_numbers_whatever_the_order_of_rows_and_columns() {
        let text = "\u{feff}fold,split,role,flight_id,note\n\
                    1,forward,test,d,x\n1,forward,train,b,x\n1,forward,train,a,x\n\
                    0,forward,train,a,x\n0,forward,test,b,x\n3,day,train,a,\n";
        let folds = read(text).unwrap();
        assert_eq!(
            folds[&Split::Forward],
            [Fold { train: vec![0], test: vec![1] }, Fold { train: vec![0, 1], test: vec![3] }]
        );
        assert_eq!(folds.len(), 1);
    }

    #[test]
    fn what_cannot_be_is_told_with_its_line() {
        let head = "split,fold,flight_id,role\nforward,0,a,train\n";
        for (rows, expected) in [
            (
                "forward,0,x,test",
                ":3: flight `x` is not among the flights with features and targets",
            ),
            ("forward,0,a,test", ":3: flight `a` is in fold 0 of `forward` already, as `train`"),
            ("forward,-1,b,test", ":3: fold `-1` is not a whole number from 0"),
            ("forward,0,b,held", ":3: role `held` is neither `train` nor `test`"),
            (
                "foward,0,b,test",
                ":3: `foward` is not a known split, did you mean `forward`?; known are forward, day, random",
            ),
            ("", ": fold 0 of `forward` has no `test` flights"),
        ] {
            assert_eq!(complaint(&format!("{head}{rows}\n")), expected);
        }
        assert_eq!(complaint("split,fold,flight_id,role\n"), " has no folds for `forward`");
        assert!(
            complaint("split,fold,id,role\n").starts_with(":1: there is no column `flight_id`")
        );
        let ragged = read("split,fold,flight_id,role\nforward,0\n").unwrap_err();
        assert!(matches!(ragged, SplitError::ReadFolds { .. }), "{ragged}");
    }
}
