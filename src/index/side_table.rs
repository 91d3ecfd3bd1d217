//! A side table says of each file what the file itself does not: its pair, its callsign.

use std::collections::BTreeMap;
use std::path::Path;

use super::{DataConfig, IndexError, SideTableConfig};
use crate::flight::NameParts;

/// What the table says, by the file's path, name or stem.
#[derive(Debug, Default)]
pub(super) struct SideTable {
    rows: BTreeMap<String, NameParts>,
}

impl SideTable {
    /// Reads the configured table, if there is one.
    pub(super) fn read(data: &DataConfig) -> Result<Option<Self>, IndexError> {
        let (Some(config), Some(path)) = (&data.side_table, data.side_table_path()) else {
            return Ok(None);
        };
        let error = |source: csv::Error| IndexError::SideTable { path: path.clone(), source };
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).from_path(&path).map_err(error)?;
        let header = reader.headers().map_err(error)?.clone();
        let columns = Columns::find(config, &header, &path)?;
        let mut rows = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(error)?;
            if let Some(key) = record.get(columns.key) {
                rows.insert(key.trim().to_owned(), columns.parts(&record));
            }
        }
        Ok(Some(Self { rows }))
    }

    /// The row of a file, looked up by its path below the root, its name and its stem.
    pub(super) fn of(&self, data: &DataConfig, relative: &str) -> Option<&NameParts> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        self.rows
            .get(relative)
            .or_else(|| self.rows.get(name))
            .or_else(|| self.rows.get(data.stem(name)?))
    }
}

struct Columns {
    key: usize,
    origin: Option<usize>,
    destination: Option<usize>,
    callsign: Option<usize>,
    aircraft_type: Option<usize>,
}

impl Columns {
    fn find(
        config: &SideTableConfig,
        header: &csv::StringRecord,
        path: &Path,
    ) -> Result<Self, IndexError> {
        let at = |name: &str| {
            header.iter().position(|known| known.trim() == name).ok_or_else(|| {
                IndexError::SideTableColumn { path: path.to_owned(), column: name.to_owned() }
            })
        };
        let optional = |name: &Option<String>| name.as_deref().map(at).transpose();
        Ok(Self {
            key: at(&config.key)?,
            origin: optional(&config.origin)?,
            destination: optional(&config.destination)?,
            callsign: optional(&config.callsign)?,
            aircraft_type: optional(&config.aircraft_type)?,
        })
    }

    fn parts(&self, record: &csv::StringRecord) -> NameParts {
        let word = |at: Option<usize>| {
            let word = record.get(at?)?.trim();
            (!word.is_empty()).then(|| word.to_owned())
        };
        NameParts {
            origin: word(self.origin),
            destination: word(self.destination),
            callsign: word(self.callsign),
            aircraft_type: word(self.aircraft_type),
            ..NameParts::default()
        }
    }
}
