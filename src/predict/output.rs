//! The *output* is predicted trajectories as CSV or Parquet, by the file's extension.

use std::io::{self, Write};
use std::path::Path;

use super::PredictError;
use crate::tables::{PredictedTable, write_atomically};

/// Writes predicted trajectories to a file that ends in `.csv` or `.parquet`.
///
/// # Errors
/// [`PredictError::UnknownFormat`], [`PredictError::Write`] or [`PredictError::Table`].
pub fn write_predictions(path: &Path, table: &PredictedTable) -> Result<(), PredictError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "parquet" => Ok(table.write(path).map(|_| ())?),
        "csv" => write_atomically(path, |file| write_csv(io::BufWriter::new(file), table))
            .map_err(|source| PredictError::Write { path: Some(path.to_owned()), source }),
        _ => Err(PredictError::UnknownFormat { path: path.to_owned() }),
    }
}

/// Writes predicted trajectories as CSV: a header, `\n` line ends, numbers in the fewest
/// digits that read back as the same number, nothing where there is no number. An id that
/// a spreadsheet would run as a formula gets an apostrophe before it.
///
/// # Errors
/// Whatever the sink says.
pub fn write_csv<W: Write>(sink: W, table: &PredictedTable) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(sink);
    let numbers = PredictedTable::numbers();
    out.write_record(
        PredictedTable::WORDS.into_iter().chain(numbers.iter().map(|(name, _)| *name)),
    )?;
    let mut horizon = (None, String::new());
    for row in &table.rows {
        if horizon.0 != Some(row.horizon) {
            horizon = (Some(row.horizon), row.horizon.to_string());
        }
        out.write_field(row.model.as_str())?;
        out.write_field(&horizon.1)?;
        out.write_field(row.axis.as_str())?;
        out.write_field(defused(&row.flight_id).as_ref())?;
        for (_, cell) in &numbers {
            out.write_field(cell(row).map_or_else(String::new, |number| number.to_string()))?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()
}

/// A word that no spreadsheet takes for a formula (OWASP, *CSV Injection*).
fn defused(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Axis, Bounds90, Horizon, ModelName, PredictedRow};

    fn table(flight_id: &str) -> PredictedTable {
        let row = PredictedRow {
            model: ModelName::Forest,
            horizon: Horizon::Departure,
            axis: Axis::Time,
            flight_id: flight_id.into(),
            fraction: 0.1,
            longitude_deg: -3.56,
            latitude_deg: 1e-7,
            altitude_m: None,
            elapsed_s: 300.0,
            distance_m: 1.0 / 3.0,
            duration_s: 3000.0,
            bounds: Some(Box::new(Bounds90 {
                elapsed_s: Some((290.0, 310.5)),
                duration_s: Some((2900.0, 3105.0)),
                ..Bounds90::default()
            })),
        };
        PredictedTable { rows: vec![row], ..PredictedTable::default() }
    }

    fn csv(flight_id: &str) -> String {
        let mut bytes = Vec::new();
        write_csv(&mut bytes, &table(flight_id)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn numbers_read_back_as_they_were_and_a_missing_altitude_is_an_empty_cell() {
        assert_eq!(
            csv("IB1"),
            "model,horizon,axis,flight_id,fraction,longitude_deg,latitude_deg,altitude_m,\
             elapsed_s,distance_m,duration_s,longitude_deg_lower90,longitude_deg_upper90,\
             latitude_deg_lower90,latitude_deg_upper90,altitude_m_lower90,altitude_m_upper90,\
             elapsed_s_lower90,elapsed_s_upper90,distance_m_lower90,distance_m_upper90,\
             horizontal_radius90_nmi,duration_s_lower90,duration_s_upper90\n\
             forest,departure,time,IB1,0.1,-3.56,0.0000001,,300,0.3333333333333333,3000,\
             ,,,,,,290,310.5,,,,2900,3105\n"
        );
    }

    #[test]
    fn an_id_that_looks_like_a_formula_is_defused_and_a_number_is_not() {
        let text = csv("=1+1, \"x\"");
        assert!(text.contains(",\"'=1+1, \"\"x\"\"\",0.1,-3.56,"), "{text}");
        assert!(csv("-5").contains(",'-5,"));
    }

    #[test]
    fn the_extension_decides_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write_predictions(&path("a.CSV"), &table("x")).unwrap();
        assert_eq!(std::fs::read_to_string(path("a.CSV")).unwrap(), csv("x"));
        write_predictions(&path("a.parquet"), &table("x")).unwrap();
        assert_eq!(&std::fs::read(path("a.parquet")).unwrap()[..4], b"PAR1");
        let error = write_predictions(&path("a.json"), &table("x")).unwrap_err();
        assert!(error.to_string().ends_with("a.json ends in neither .csv nor .parquet"));
    }
}
