//! Predictions: held-out flights as each model saw them.

use std::path::Path;
use std::sync::Arc;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::{self, Kind};
use super::{Axis, Digest, Horizon, ModelName, Split, Stamp, TableError};

/// The predictions' schema.
pub const PREDICTIONS: Kind = Kind { schema: "traj.predictions/2", made_by: "traj train" };

/// A held-out flight's predicted state at a fraction.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionRow {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// How the flight was held out.
    pub split: Split,
    /// Along what the fraction is taken.
    pub axis: Axis,
    /// The fold that held it out, from 0.
    pub fold: u32,
    /// The flight.
    pub flight_id: Arc<str>,
    /// The fraction, between 0 and 1.
    pub fraction: f64,
    /// Whether the flight had the fraction behind it at an elapsed horizon, or was over: then it
    /// has no part in the scores.
    pub already_flown: bool,
    /// Predicted longitude in degrees.
    pub longitude_deg: f64,
    /// Predicted latitude in degrees.
    pub latitude_deg: f64,
    /// Predicted pressure altitude in metres; none without altitude.
    pub altitude_m: Option<f64>,
    /// Predicted seconds since the first row.
    pub elapsed_s: f64,
    /// Predicted metres flown since the first row.
    pub distance_m: f64,
    /// Predicted seconds from the first row to the last, the same at every fraction.
    pub duration_s: f64,
    /// Between what the truth lies nine times in ten; none where nothing is known of that.
    pub bounds: Option<Box<Bounds90>>,
}

/// Lower and upper ends of the 90 % intervals of a predicted state; none where there is no
/// interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds90 {
    /// Western and eastern longitude in degrees, from -180 to 180: the western one is the
    /// larger where the anti-meridian lies between them (as the boxes of RFC 7946, 5.2).
    pub longitude_deg: Option<(f64, f64)>,
    /// Latitudes in degrees, from -90 to 90.
    pub latitude_deg: Option<(f64, f64)>,
    /// Pressure altitudes in metres.
    pub altitude_m: Option<(f64, f64)>,
    /// Seconds since the first row, from 0.
    pub elapsed_s: Option<(f64, f64)>,
    /// Metres flown since the first row, from 0.
    pub distance_m: Option<(f64, f64)>,
    /// Radius about the predicted position, in nautical miles, within which the flown one
    /// lies nine times in ten.
    pub horizontal_radius_nmi: Option<f64>,
    /// Seconds from the first row to the last.
    pub duration_s: Option<(f64, f64)>,
}

/// A column's name, and its value among the bounds.
type BoundColumn = (&'static str, fn(&Bounds90) -> Option<f64>);

impl Bounds90 {
    /// The columns of the bounds, in order, and where their values are.
    pub(super) const COLUMNS: [BoundColumn; 13] = [
        ("longitude_deg_lower90", |b| b.longitude_deg.map(|ends| ends.0)),
        ("longitude_deg_upper90", |b| b.longitude_deg.map(|ends| ends.1)),
        ("latitude_deg_lower90", |b| b.latitude_deg.map(|ends| ends.0)),
        ("latitude_deg_upper90", |b| b.latitude_deg.map(|ends| ends.1)),
        ("altitude_m_lower90", |b| b.altitude_m.map(|ends| ends.0)),
        ("altitude_m_upper90", |b| b.altitude_m.map(|ends| ends.1)),
        ("elapsed_s_lower90", |b| b.elapsed_s.map(|ends| ends.0)),
        ("elapsed_s_upper90", |b| b.elapsed_s.map(|ends| ends.1)),
        ("distance_m_lower90", |b| b.distance_m.map(|ends| ends.0)),
        ("distance_m_upper90", |b| b.distance_m.map(|ends| ends.1)),
        ("horizontal_radius90_nmi", |b| b.horizontal_radius_nmi),
        ("duration_s_lower90", |b| b.duration_s.map(|ends| ends.0)),
        ("duration_s_upper90", |b| b.duration_s.map(|ends| ends.1)),
    ];

    /// The bounds from the cells of the columns; none where all are empty.
    fn from_cells(cells: [Option<f64>; 13]) -> Option<Box<Self>> {
        let ends = |at: usize| cells[2 * at].zip(cells[2 * at + 1]);
        let bounds = Self {
            longitude_deg: ends(0),
            latitude_deg: ends(1),
            altitude_m: ends(2),
            elapsed_s: ends(3),
            distance_m: ends(4),
            horizontal_radius_nmi: cells[10],
            duration_s: cells[11].zip(cells[12]),
        };
        (bounds != Self::default()).then(|| Box::new(bounds))
    }
}

/// All held-out predictions of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PredictionTable {
    /// Sorted by model, horizon, split, axis, flight id and fraction.
    pub rows: Vec<PredictionRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl PredictionTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, PREDICTIONS)?;
        let mut rows = Vec::with_capacity(columns.height());
        each_row(&columns, |_| true, &mut |row| rows.push(row))?;
        Ok(Self { rows, stamp })
    }

    /// Hands over the rows of the estimators that are wanted, in the table's order. The table
    /// is read a part at a time, so that memory does not grow with it.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn visit(
        path: &Path,
        wants: impl Fn(Scored) -> bool,
        mut visit: impl FnMut(PredictionRow),
    ) -> Result<(), TableError> {
        file::stamp_of(path, PREDICTIONS)?;
        visit_parts(path, file::ROW_GROUP, &wants, &mut visit)
    }

    /// Writes the table, sorted.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&mut self, path: &Path) -> Result<Digest, TableError> {
        self.rows.sort_by(|a, b| {
            (a.model, a.horizon, a.split, a.axis, &a.flight_id)
                .cmp(&(b.model, b.horizon, b.split, b.axis, &b.flight_id))
                .then(a.fraction.total_cmp(&b.fraction))
        });
        columns_of(&self.rows).write(path, PREDICTIONS, &self.stamp)
    }

    /// Writes a table too large to hold, part after part. The parts must come in the order
    /// of the table, and each must be sorted.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write_parts(
        path: &Path,
        stamp: &Stamp,
        parts: impl Iterator<Item = Vec<PredictionRow>>,
    ) -> Result<Digest, TableError> {
        let groups = parts.flat_map(|part| {
            let groups = part.chunks(file::ROW_GROUP).map(|rows| Ok(columns_of(rows).into_frame()));
            groups.collect::<Vec<_>>()
        });
        file::write_parts(path, PREDICTIONS, &columns_of(&[]).into_frame(), groups, stamp)
    }
}

/// What was scored: whose predictions rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scored {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// How flights were held out.
    pub split: Split,
    /// Along what fractions are taken.
    pub axis: Axis,
}

fn visit_parts(
    path: &Path,
    part: usize,
    wants: &dyn Fn(Scored) -> bool,
    visit: &mut dyn FnMut(PredictionRow),
) -> Result<(), TableError> {
    for start in (0..).step_by(part) {
        let columns = ColumnsIn::read_rows(path, PREDICTIONS, start..start + part)?;
        each_row(&columns, wants, visit)?;
        if columns.height() < part {
            break;
        }
    }
    Ok(())
}

fn each_row(
    columns: &ColumnsIn<'_>,
    wants: impl Fn(Scored) -> bool,
    visit: &mut dyn FnMut(PredictionRow),
) -> Result<(), TableError> {
    let models = columns.label::<ModelName>("model")?;
    let horizons = columns.label::<Horizon>("horizon")?;
    let splits = columns.label::<Split>("split")?;
    let axes = columns.label::<Axis>("axis")?;
    let scored = |i: usize| Scored {
        model: models[i],
        horizon: horizons[i],
        split: splits[i],
        axis: axes[i],
    };
    if !(0..columns.height()).any(|i| wants(scored(i))) {
        return Ok(());
    }
    let folds = columns.full_int("fold")?;
    let fractions = columns.full_float("fraction")?;
    let already_flown = columns.flag("already_flown")?;
    let longitudes = columns.full_float("longitude_deg")?;
    let latitudes = columns.full_float("latitude_deg")?;
    let altitudes = columns.float("altitude_m")?;
    let elapsed = columns.full_float("elapsed_s")?;
    let distances = columns.full_float("distance_m")?;
    let durations = columns.full_float("duration_s")?;
    let bounds = Bounds90::COLUMNS.map(|(name, _)| columns.float(name));
    let bounds = bounds.into_iter().collect::<Result<Vec<_>, _>>()?;
    let ids = columns.full_text("flight_id")?.into_iter().enumerate();
    for (i, flight_id) in ids.filter(|(i, _)| wants(scored(*i))) {
        visit(PredictionRow {
            model: models[i],
            horizon: horizons[i],
            split: splits[i],
            axis: axes[i],
            fold: folds[i] as u32,
            flight_id: flight_id.into(),
            fraction: fractions[i],
            already_flown: already_flown[i],
            longitude_deg: longitudes[i],
            latitude_deg: latitudes[i],
            altitude_m: altitudes[i],
            elapsed_s: elapsed[i],
            distance_m: distances[i],
            duration_s: durations[i],
            bounds: Bounds90::from_cells(std::array::from_fn(|column| bounds[column][i])),
        });
    }
    Ok(())
}

fn columns_of(rows: &[PredictionRow]) -> ColumnsOut {
    let horizons: Vec<String> = rows.iter().map(|r| r.horizon.to_string()).collect();
    let mut out = ColumnsOut::new(rows.len());
    out.text("model", rows.iter().map(|r| Some(r.model.as_str())));
    out.text("horizon", horizons.iter().map(|h| Some(h.as_str())));
    out.text("split", rows.iter().map(|r| Some(r.split.as_str())));
    out.text("axis", rows.iter().map(|r| Some(r.axis.as_str())));
    out.int("fold", rows.iter().map(|r| Some(i64::from(r.fold))));
    out.text("flight_id", rows.iter().map(|r| Some(&*r.flight_id)));
    out.float("fraction", rows.iter().map(|r| Some(r.fraction)));
    out.flag("already_flown", rows.iter().map(|r| r.already_flown));
    out.float("longitude_deg", rows.iter().map(|r| Some(r.longitude_deg)));
    out.float("latitude_deg", rows.iter().map(|r| Some(r.latitude_deg)));
    out.float("altitude_m", rows.iter().map(|r| r.altitude_m));
    out.float("elapsed_s", rows.iter().map(|r| Some(r.elapsed_s)));
    out.float("distance_m", rows.iter().map(|r| Some(r.distance_m)));
    out.float("duration_s", rows.iter().map(|r| Some(r.duration_s)));
    for (name, value) in Bounds90::COLUMNS {
        out.float(name, rows.iter().map(|r| value(r.bounds.as_ref()?)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: ModelName, flight: usize) -> PredictionRow {
        PredictionRow {
            model,
            horizon: Horizon::Departure,
            split: Split::Forward,
            axis: Axis::Time,
            fold: 0,
            flight_id: format!("f{flight}").into(),
            fraction: 0.5,
            already_flown: false,
            longitude_deg: 1.0,
            latitude_deg: 2.0,
            altitude_m: None,
            elapsed_s: 3.0,
            distance_m: 4.0,
            duration_s: 6.0,
            bounds: None,
        }
    }

    #[test]
    fn parts_of_any_size_hand_over_what_is_wanted_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions.parquet");
        let models = [ModelName::Forest, ModelName::OdMedian];
        let rows = models.into_iter().flat_map(|model| (0..6).map(move |i| row(model, i)));
        let mut table = PredictionTable { rows: rows.collect(), stamp: Stamp::default() };
        table.write(&path).unwrap();
        // Twelve rows end with a part, within one, and in the first.
        for part in [1, 4, 5, 6, 12, 100] {
            let mut seen = Vec::new();
            let wants = |scored: Scored| scored.model == ModelName::OdMedian;
            visit_parts(&path, part, &wants, &mut |row| seen.push(row)).unwrap();
            assert_eq!(seen, table.rows[6..], "{part}");
        }
        let mut all = 0;
        PredictionTable::visit(&path, |_| true, |_| all += 1).unwrap();
        assert_eq!(all, 12);
        std::fs::write(&path, b"torn").unwrap();
        assert!(PredictionTable::visit(&path, |_| true, |_| ()).is_err());
    }
}
