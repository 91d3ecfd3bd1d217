//! The sample: some flights of the largest pairs, read from their files and resampled.
//!
//! Flights of a pair are drawn in strata of time: sorted by start, cut into as many blocks as
//! there are to be flights, one drawn from each (W. G. Cochran, *Sampling Techniques*, 1977,
//! 5.A and 8.2), so that no season is missed. What is held does not grow with the data: more
//! flights are not drawn than fit into a bound.

use rayon::prelude::*;

use super::material::PairFlights;
use super::{ExploreAxis, ExploreError, ExploreInputs};
use crate::flight::{
    Along, Profile, Profiled, Recipe, Refusal, Role, profiles, read_unchanged, unwrap_longitude,
};
use crate::models::derive_seed;
use crate::progress::Progress;
use crate::tables::{Axis, CatalogRow, FeatureTable, RejectCode};

/// Steps along each axis.
const STEPS: usize = 50;
/// Bytes of resampled values that are held at most.
const MOST_BYTES: usize = 256 << 20;

/// Some flights of the largest pairs, resampled.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Sample {
    /// What each profile's `values` hold, in their order: names of roles (`longitude` and
    /// `latitude` in degrees, `altitude` and `distance` in metres) and of the files' columns
    /// (in the file's unit), as configured in `features.variables` and `explore.axes`.
    /// Hostile text.
    pub(super) variables: Vec<String>,
    /// Along what: the configured axes, each once.
    pub(super) axes: Vec<ExploreAxis>,
    /// The fractions at which profiles are taken: 0 to 1, both included, evenly.
    pub(super) fractions: Vec<f64>,
    /// The drawn pairs, the largest first.
    pub(super) pairs: Vec<SampledPair>,
    /// Flights that were drawn but could not be read, by code, with their number.
    pub(super) refused: Vec<(RejectCode, usize)>,
    /// Whether fewer flights were drawn than `explore.sample` says, since more would not fit.
    pub(super) is_cut: bool,
}

/// The sample of one pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampledPair {
    /// `LEMD-LEBL`; none where either end is unknown. Hostile text.
    pub(super) pair: Option<String>,
    /// Flights that the pair has.
    pub(super) n_flights: usize,
    /// Those that were drawn and read, by their start, then by id.
    pub(super) flights: Vec<SampledFlight>,
}

/// One flight of the sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampledFlight {
    /// Its row in the features.
    pub(super) row: usize,
    /// A profile per axis of the sample, each with a value per fraction of the sample; none
    /// where the flight lacks the axis. Longitudes are unwrapped, within a flight and against
    /// the others of its pair.
    pub(super) along: Vec<Option<Profile>>,
}

impl Sample {
    /// Place of a role among the variables; roles are always there.
    pub(super) fn role(&self, role: Role) -> usize {
        let place = self.variables.iter().position(|name| name == role.as_str());
        place.expect("the roles are the first variables")
    }
}

/// Draws flights and reads them.
pub(super) fn read(
    inputs: &ExploreInputs<'_>,
    features: &FeatureTable,
    catalog: &[Option<CatalogRow>],
    pairs: &[PairFlights],
    progress: &dyn Progress,
) -> Result<Sample, ExploreError> {
    let settings = inputs.settings;
    let variables = variables(&inputs.recipe.variables, &settings.axes);
    let recipe = Recipe { variables: variables.clone(), ..inputs.recipe.clone() };
    let axes: Vec<Along> = settings.axes.iter().map(|axis| along(axis, &variables)).collect();
    let fractions: Vec<f64> = (0..=STEPS).map(|step| step as f64 / STEPS as f64).collect();
    let drawn: Vec<&PairFlights> = pairs.iter().take(settings.max_pairs).collect();
    let bytes = 8 * axes.len() * (variables.len() + 2) * fractions.len();
    let fitting = (MOST_BYTES / bytes / drawn.len().max(1)).max(1);
    let count = settings.sample.min(fitting);
    let drawn: Vec<(&PairFlights, Vec<usize>)> =
        drawn.into_iter().map(|pair| (pair, draw(pair, features, count, settings.seed))).collect();
    let wanted: Vec<usize> = drawn.iter().flat_map(|(_, flights)| flights).copied().collect();
    let bytes = wanted.iter().filter_map(|row| catalog[*row].as_ref()).map(|row| row.bytes).sum();
    progress.begin("reading a sample of flights", wanted.len() as u64, bytes);
    let read: Vec<Option<Result<Profiled, Refusal>>> = wanted
        .par_iter()
        .map(|row| {
            if progress.stopped() {
                return None;
            }
            let outcome = read_one(inputs, &recipe, catalog[*row].as_ref(), &axes, &fractions);
            progress.advance(1, catalog[*row].as_ref().map_or(0, |row| row.bytes));
            Some(outcome)
        })
        .collect();
    if progress.stopped() {
        return Err(ExploreError::Interrupted);
    }
    let mut sample = Sample {
        variables,
        axes: settings.axes.clone(),
        fractions,
        is_cut: count < settings.sample && drawn.iter().any(|(pair, _)| pair.flights.len() > count),
        ..Sample::default()
    };
    let mut read = read.into_iter();
    for (pair, rows) in drawn {
        let mut flights = Vec::with_capacity(rows.len());
        for (row, outcome) in rows.into_iter().zip(read.by_ref()) {
            match outcome.ok_or(ExploreError::Interrupted)? {
                Ok(profiled) => flights.push(SampledFlight { row, along: profiled.along }),
                Err(refusal) => sample.count_refusal(refusal.code),
            }
        }
        let longitude = sample.role(Role::Longitude);
        turn(&mut flights, longitude);
        let n_flights = pair.flights.len();
        sample.pairs.push(SampledPair { pair: pair.pair.clone(), n_flights, flights });
    }
    Ok(sample)
}

impl Sample {
    fn count_refusal(&mut self, code: RejectCode) {
        match self.refused.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.refused.push((code, 1)),
        }
        self.refused.sort();
    }
}

/// The roles, then the configured variables, then those that axes name.
fn variables(configured: &[String], axes: &[ExploreAxis]) -> Vec<String> {
    let mut variables: Vec<String> = Vec::new();
    let roles = Role::ALL.iter().map(|role| role.as_str());
    let named = axes.iter().filter_map(|axis| match axis {
        ExploreAxis::Variable(name) => Some(name.as_str()),
        ExploreAxis::Known(_) => None,
    });
    for name in roles.chain(configured.iter().map(String::as_str)).chain(named) {
        if !variables.iter().any(|known| known == name) {
            variables.push(name.to_owned());
        }
    }
    variables
}

fn along(axis: &ExploreAxis, variables: &[String]) -> Along {
    match axis {
        ExploreAxis::Known(Axis::Time) => Along::Time,
        ExploreAxis::Known(Axis::Distance) => Along::Distance,
        ExploreAxis::Variable(name) => {
            let place = variables.iter().position(|known| known == name);
            Along::Variable(place.expect("variables of axes are among the variables"))
        }
    }
}

/// At most `count` flights of a pair, one from each stretch of time, by start and id.
fn draw(pair: &PairFlights, features: &FeatureTable, count: usize, seed: u64) -> Vec<usize> {
    let mut flights = pair.flights.clone();
    flights.sort_by_key(|row| (features.start_time_us[*row], *row));
    let n_flights = flights.len();
    if n_flights <= count {
        return flights;
    }
    let name = pair.pair.as_deref().unwrap_or_default();
    let one_of = |stratum: usize| {
        let (from, to) = (stratum * n_flights / count, (stratum + 1) * n_flights / count);
        // The remainder of 64 random bits favours no flight by more than one in 10^14.
        let drawn = derive_seed(seed, &["explore", name, &stratum.to_string()]);
        flights[from + (drawn % (to - from) as u64) as usize]
    };
    (0..count).map(one_of).collect()
}

fn read_one(
    inputs: &ExploreInputs<'_>,
    recipe: &Recipe,
    row: Option<&CatalogRow>,
    axes: &[Along],
    fractions: &[f64],
) -> Result<Profiled, Refusal> {
    let gone = || Refusal::new(RejectCode::Vanished, "the catalog no longer has the flight");
    let row = row.ok_or_else(gone)?;
    let source = inputs.sources.iter().find(|source| source.config.name == row.source);
    let source = source.ok_or_else(gone)?;
    read_unchanged(inputs.root, row, |path| profiles(path, source, recipe, axes, fractions))
}

/// Turns whole flights by multiples of 360 degrees, so that the flights of a pair that meets
/// the anti-meridian lie side by side.
fn turn(flights: &mut [SampledFlight], longitude: usize) {
    let mut reference = f64::NAN;
    for profile in flights.iter_mut().flat_map(|flight| flight.along.iter_mut().flatten()) {
        let longitudes = &mut profile.values[longitude];
        let Some(first) = longitudes.first().copied().filter(|first| first.is_finite()) else {
            continue;
        };
        if reference.is_nan() {
            reference = first;
        }
        let turned = unwrap_longitude(first, reference) - first;
        if turned != 0.0 {
            longitudes.iter_mut().for_each(|longitude| *longitude += turned);
        }
    }
}
