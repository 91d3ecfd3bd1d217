//! A survey opens some of a folder's files and groups them by dialect and header.
//!
//! [`super::look`] begins with it.

use std::collections::BTreeMap;

use super::InitError;
use super::folder::{Folder, evenly};
use super::kind::Kind;
use super::roles::may_have_roles;
use super::sniff::{Scent, sniff};
use super::specimen::Specimen;
use crate::flight::{Dialect, Refusal, head};
use crate::progress::Progress;

/// Files whose first rows are read, over all kinds.
const SPECIMENS: usize = 60;
/// Files whose first rows are read, at least, of each kind.
const SPECIMENS_OF_A_KIND: usize = 8;
/// Kinds whose rows are read.
const MOST_KINDS: usize = 40;

/// The kinds of files in a folder.
#[derive(Debug)]
pub(super) struct Survey {
    /// Kinds that may hold flights by the names of their columns, with rows of some files;
    /// the largest first.
    pub(super) kinds: Vec<Kind>,
    /// Kinds that hold no flights, with the roles that have no column.
    pub(super) others: Vec<(Kind, Vec<&'static str>)>,
    /// Files that are no tables, by the reason.
    pub(super) refused: BTreeMap<String, Vec<usize>>,
    /// Files opened.
    pub(super) opened: usize,
}

/// Opens the files.
///
/// # Errors
/// [`InitError::Interrupted`].
pub(super) fn survey(folder: &Folder, progress: &dyn Progress) -> Result<Survey, InitError> {
    let spread = folder.spread();
    progress.begin("looking at files", spread.len() as u64, 0);
    let mut refused: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut kinds: Vec<Kind> = Vec::new();
    for at in &spread {
        if progress.stopped() {
            return Err(InitError::Interrupted);
        }
        match header_of(folder, *at) {
            Ok(look) => file_under(&mut kinds, *at, look),
            Err(why) => refused.entry(why).or_default().push(*at),
        }
        progress.advance(1, 0);
    }
    // Files alike but for a decimal mark that too few numbers show go with the many.
    kinds.sort_by_key(|kind| (std::cmp::Reverse(kind.files.len()), kind.files[0]));
    let kinds = joined(kinds);
    let (mut likely, mut others) = (Vec::new(), Vec::new());
    for kind in kinds {
        let lacking = may_have_roles(&kind.header);
        if lacking.is_empty() && likely.len() < MOST_KINDS {
            likely.push(kind);
        } else {
            others.push((kind, lacking));
        }
    }
    read_specimens(&mut likely, folder, progress)?;
    Ok(Survey { kinds: likely, others, refused, opened: spread.len() })
}

/// What files of one kind have in common.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    dialect: Dialect,
    header: Vec<String>,
    units: Vec<Option<&'static str>>,
}

fn header_of(folder: &Folder, at: usize) -> Result<Look, String> {
    let path = folder.path.join(&folder.entries[at].relative);
    let (dialect, units) = match sniff(&path) {
        Ok(Scent::Table(dialect, units)) => (dialect, units),
        Ok(Scent::None(why)) => return Err(why.to_owned()),
        Err(error) => return Err(format!("cannot be read: {}", Refusal::from_io(&error).message)),
    };
    match head(&path, &dialect, 0) {
        Ok(head) => Ok(Look { dialect, header: head.header, units }),
        Err(refusal) => Err(refusal.message),
    }
}

fn file_under(kinds: &mut Vec<Kind>, at: usize, look: Look) {
    let Look { dialect, header, units } = look;
    let known = kinds
        .iter_mut()
        .find(|kind| (kind.dialect, &kind.header, &kind.units) == (dialect, &header, &units));
    match known {
        Some(kind) => kind.files.push(at),
        None => {
            kinds.push(Kind { dialect, header, units, files: vec![at], specimens: Vec::new() });
        }
    }
}

/// Joins kinds that differ by the decimal mark alone; the larger's holds.
fn joined(kinds: Vec<Kind>) -> Vec<Kind> {
    let mut joined: Vec<Kind> = Vec::new();
    for kind in kinds {
        let same = |known: &Kind| {
            let decimal = known.dialect.decimal;
            (&known.header, &known.units) == (&kind.header, &kind.units)
                && known.dialect == Dialect { decimal, ..kind.dialect }
        };
        match joined.iter_mut().find(|known| same(known)) {
            Some(known) => {
                known.files.extend(kind.files);
                known.files.sort_unstable();
            }
            None => joined.push(kind),
        }
    }
    joined
}

fn read_specimens(
    kinds: &mut [Kind],
    folder: &Folder,
    progress: &dyn Progress,
) -> Result<(), InitError> {
    let all: usize = kinds.iter().map(|kind| kind.files.len()).sum();
    progress.begin("reading some of them", kinds.len() as u64, 0);
    for kind in kinds {
        let fair = SPECIMENS * kind.files.len() / all.max(1);
        // Some have no rows, so that a few more are chosen than are wanted.
        for i in evenly(kind.files.len(), fair.max(SPECIMENS_OF_A_KIND)) {
            if progress.stopped() {
                return Err(InitError::Interrupted);
            }
            let at = kind.files[i];
            let path = folder.path.join(&folder.entries[at].relative);
            if let Ok((header, specimen)) = Specimen::read(&path, &kind.dialect)
                && header == kind.header
                && specimen.rows > 0
            {
                kind.specimens.push((at, specimen));
            }
        }
        progress.advance(1, 0);
    }
    Ok(())
}

impl Survey {
    /// Why most of the files that are no tables are none.
    pub(super) fn commonest_refusal(&self) -> Option<&str> {
        let commonest = self.refused.iter().max_by_key(|(_, files)| files.len());
        commonest.map(|(why, _)| why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::Decimal;

    #[test]
    fn a_file_without_decimals_goes_with_those_that_have_commas() {
        let plain = Dialect { delimiter: b';', ..Dialect::default() };
        let comma = Dialect { decimal: Decimal::Comma, ..plain };
        let mut kinds = Vec::new();
        for (at, dialect) in [comma, plain, comma].into_iter().enumerate() {
            let look = Look { dialect, header: vec!["t".to_owned()], units: Vec::new() };
            file_under(&mut kinds, at, look);
        }
        assert_eq!(kinds.len(), 2);
        let kinds = joined(kinds);
        assert_eq!((kinds.len(), &*kinds[0].files), (1, &[0, 1, 2][..]));
        assert_eq!(kinds[0].dialect, comma);
    }
}
