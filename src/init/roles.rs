//! Roles are what columns mean: time, longitude, latitude, and perhaps altitude and
//! distance. Names propose, values confirm.
//!
//! [`super::source`] asks for the roles of each kind of file.

use super::altitude::choose_altitude;
use super::clock::{Clock, choose_clock, doubts_about_clock, unreadable_time};
use super::distance::choose_distance;
use super::kind::Kind;
use super::specimen::Specimen;
use super::words::{position_score, unit};
use crate::flight::haversine_m;

/// A column with the unit that it is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    /// Position in the header.
    pub(super) at: usize,
    /// As the configuration spells it.
    pub(super) unit: &'static str,
}

/// The columns that play roles in a kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Roles {
    pub(super) clock: Clock,
    pub(super) longitude: Measured,
    pub(super) latitude: Measured,
    pub(super) altitude: Option<Measured>,
    pub(super) distance: Option<Measured>,
    /// What the user should check.
    pub(super) doubts: Vec<String>,
}

/// Why a kind of file is none of flights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoRoles {
    /// The roles that no column plays.
    pub(super) missing: Vec<&'static str>,
    /// More on why.
    pub(super) why: Option<String>,
}

/// Finds the roles of a kind's columns.
///
/// # Errors
/// The roles that no column plays.
pub(super) fn choose_roles(kind: &Kind) -> Result<Roles, NoRoles> {
    let mut doubts = Vec::new();
    let latitude = choose_position(kind, true);
    let longitude = choose_position(kind, false);
    let clock = choose_clock(kind, [latitude, longitude]);
    let (Some(clock), Some(longitude), Some(latitude)) = (clock, longitude, latitude) else {
        let found = [
            ("time", clock.map(|clock| clock.time.at)),
            ("longitude", longitude),
            ("latitude", latitude),
        ];
        let missing = found.iter().filter(|(_, at)| at.is_none()).map(|(role, _)| *role).collect();
        return Err(NoRoles { missing, why: unreadable_time(kind).filter(|_| clock.is_none()) });
    };
    let angle = angle_unit(kind, clock, [longitude, latitude], &mut doubts);
    doubts.extend(doubts_about_clock(kind, clock));
    let position = Position { clock, longitude, latitude, angle };
    Ok(Roles {
        clock,
        longitude: Measured { at: longitude, unit: angle },
        latitude: Measured { at: latitude, unit: angle },
        altitude: choose_altitude(kind, &position, &mut doubts),
        distance: choose_distance(kind, &position, &mut doubts),
        doubts,
    })
}

/// Whether names alone rule out that files with this header are flights.
pub(super) fn may_have_roles(header: &[String]) -> Vec<&'static str> {
    let lacks = |is_latitude: bool| {
        !header.iter().any(|name| position_score(&super::words::words(name), is_latitude).is_some())
    };
    let roles = [("longitude", lacks(false)), ("latitude", lacks(true))];
    roles.into_iter().filter(|(_, lacking)| *lacking).map(|(role, _)| role).collect()
}

/// Where a specimen's time and position are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    clock: Clock,
    longitude: usize,
    latitude: usize,
    angle: &'static str,
}

impl Position {
    /// Whether a column is one of these.
    pub(super) fn uses(&self, at: usize) -> bool {
        self.clock.uses(at) || [self.longitude, self.latitude].contains(&at)
    }

    /// Metres along the great circles between the rows that have a position, and the rows
    /// of the first and the last.
    pub(super) fn path(&self, file: &Specimen) -> Option<(f64, usize, usize)> {
        let scale = if self.angle == "rad" { 180.0 / std::f64::consts::PI } else { 1.0 };
        let (lon, lat) =
            (&file.columns[self.longitude].values, &file.columns[self.latitude].values);
        let rows: Vec<usize> =
            (0..lon.len()).filter(|row| lon[*row].is_finite() && lat[*row].is_finite()).collect();
        let length = rows
            .windows(2)
            .map(|p| {
                let at = |row: usize| (lon[row] * scale, lat[row] * scale);
                let ((x1, y1), (x2, y2)) = (at(p[0]), at(p[1]));
                haversine_m(x1, y1, x2, y2)
            })
            .sum();
        Some((length, *rows.first()?, *rows.last()?))
    }

    /// Metres a second over the specimen.
    pub(super) fn speed(&self, file: &Specimen) -> Option<f64> {
        let (length, first, last) = self.path(file)?;
        let per_second = match self.clock.time.unit {
            "epoch-ms" => 1e-3,
            "epoch-us" => 1e-6,
            "epoch-ns" => 1e-9,
            _ => 1.0,
        };
        let clock = &self.clock.column(file).values;
        let seconds = (clock[last] - clock[first]).abs() * per_second;
        (seconds > 0.0).then(|| length / seconds)
    }
}

/// The column with the best score, the first of several.
pub(super) fn best(scores: impl Iterator<Item = (usize, i32)>) -> Option<usize> {
    scores.max_by_key(|(at, score)| (*score, std::cmp::Reverse(*at))).map(|(at, _)| at)
}

fn choose_position(kind: &Kind, is_latitude: bool) -> Option<usize> {
    let bound = if is_latitude { 90.0 } else { 360.0 };
    best((0..kind.header.len()).filter_map(|at| {
        let score = position_score(&kind.words(at), is_latitude)?;
        let values = kind.values(at);
        let on_globe = values.iter().filter(|value| value.abs() <= bound).count();
        let fits = kind.has_own_name(at)
            && kind.is_numeric(at)
            && on_globe * 100 >= values.len() * 99
            && on_globe > 0;
        // Something that stands still in every file is an airport, not a flight.
        let still = kind.share(at, |column| column.is_constant) > Some(0.9);
        fits.then_some((at, score - if still { 6 } else { 0 }))
    }))
}

/// Degrees, unless the name says radians, or only radians make the track a possible one.
fn angle_unit(
    kind: &Kind,
    clock: Clock,
    [longitude, latitude]: [usize; 2],
    doubts: &mut Vec<String>,
) -> &'static str {
    let named = [longitude, latitude].map(|at| unit(&kind.words(at)));
    if named.contains(&Some("rad")) {
        return "rad";
    }
    let bounded = |at: usize, bound: f64| kind.values(at).iter().all(|value| value.abs() <= bound);
    let pi = std::f64::consts::PI;
    if named.contains(&Some("deg")) || !bounded(longitude, pi) || !bounded(latitude, pi / 2.0) {
        return "deg";
    }
    let speed = |angle| {
        let position = Position { clock, longitude, latitude, angle };
        kind.median(|file| position.speed(file))
    };
    let is_rad = speed("deg").is_some_and(|v| v < 8.0)
        && speed("rad").is_some_and(|v| (30.0..500.0).contains(&v));
    if is_rad {
        doubts.push("positions are read as radians: as degrees nothing would move".to_owned());
        return "rad";
    }
    "deg"
}
