//! *Data checks* look for what makes scores better or worse than the models are: answers among
//! the features, flights recorded twice, units that change, columns that end.

use std::collections::BTreeSet;

use super::checks::check;
use super::division::Division;
use super::inputs::Material;
use crate::evaluate::leaks;
use crate::models::{Dataset, Encoder, median};
use crate::tables::{CheckRecord, Feature, FeatureTable, Horizon, Target, aggregate_column};

/// The findings about the flights, in a fixed order.
pub(super) fn data_checks(
    material: &Material,
    divisions: &[Division],
    encoders: &[Encoder],
) -> Vec<CheckRecord> {
    let (table, dataset) = (&material.features, &material.datasets[0]);
    let found = [
        duplicate_flights(material, &divisions[0]),
        constant_targets(dataset),
        missing_in_newer(table, dataset),
        mixed_units(table, dataset),
    ];
    determined_targets(table, dataset, encoders)
        .into_iter()
        .chain(found.into_iter().flatten())
        .collect()
}

fn duplicate_flights(material: &Material, division: &Division) -> Option<CheckRecord> {
    let (groups, ids) = (&material.duplicates[0], material.ids(&material.datasets[0]));
    let first = groups.first()?;
    let (n, names) = (groups.len(), first.iter().map(|flight| ids[*flight]).collect::<Vec<_>>());
    let flights = if n == 1 { "flight is" } else { "flights are" };
    let names = names.join(", ");
    let is_on_both = |group: &&Vec<usize>| {
        division.values().flatten().any(|fold| {
            let on = |side: &[usize]| group.iter().any(|f| side.binary_search(f).is_ok());
            on(&fold.train) && on(&fold.test)
        })
    };
    // Under folds of a file, and in folds that would have nothing else to learn from.
    let consequence = match groups.iter().filter(is_on_both).count() {
        0 => "no recording of a held-out flight is learnt from".to_owned(),
        n => format!("{n} of them are on both sides of a fold, which flatters every model"),
    };
    let message = format!("{n} {flights} recorded more than once, such as {names}: {consequence}");
    Some(check("duplicate-flights", message))
}

/// Most names in a message.
const MOST_NAMED: usize = 5;

/// One finding per horizon, since what a whole flight tells is expected to tell much.
fn determined_targets(
    table: &FeatureTable,
    dataset: &Dataset,
    encoders: &[Encoder],
) -> Vec<CheckRecord> {
    let mut seen: BTreeSet<(String, Target)> = BTreeSet::new();
    let mut found = Vec::new();
    let mut horizons: Vec<Horizon> = Vec::new();
    for encoder in encoders {
        if horizons.contains(&encoder.horizon) {
            continue; // another axis
        }
        horizons.push(encoder.horizon);
        let new = leaks(table, dataset, encoder);
        let new = new.into_iter().filter(|l| seen.insert((l.feature.clone(), l.target)));
        let mut by_feature: Vec<(String, Vec<String>)> = Vec::new();
        for leak in new {
            let is_everywhere = leak.fractions.len() == dataset.fractions.len();
            let place =
                if is_everywhere { String::new() } else { format!(" at {}", leak.fractions[0]) };
            let given = format!("{}{place}", leak.target);
            match by_feature.iter_mut().find(|(feature, _)| *feature == leak.feature) {
                Some((_, targets)) => targets.push(given),
                None => by_feature.push((leak.feature, vec![given])),
            }
        }
        let named = by_feature.iter().take(MOST_NAMED);
        let mut parts: Vec<String> = named
            .map(|(feature, targets)| format!("`{feature}` gives {}", targets.join(", ")))
            .collect();
        if by_feature.len() > MOST_NAMED {
            parts.push(format!("and {} more features", by_feature.len() - MOST_NAMED));
        }
        let message = parts.join("; ");
        if !message.is_empty() {
            let message = format!("known at {}: {message}", encoder.horizon);
            found.push(check("determined-target", message));
        }
    }
    found
}

fn constant_targets(dataset: &Dataset) -> Option<CheckRecord> {
    let is_constant = |column: usize| {
        dataset.targets.iter().all(|matrix| {
            let values = matrix.column(column);
            values.iter().all(|value| value.to_bits() == values[0].to_bits())
        })
    };
    let columns = dataset.columns.iter().enumerate();
    let constant: Vec<&str> =
        columns.filter(|(at, _)| is_constant(*at)).map(|(_, target)| target.as_str()).collect();
    (!constant.is_empty() && dataset.n_flights() > 1).then(|| {
        let message = format!(
            "{} has one value in all flights: there is nothing to predict",
            constant.join(", ")
        );
        check("constant-target", message)
    })
}

/// Shares of flights that lack a feature: so few of the older half and so many of the newer.
const RARE: f64 = 0.1;
const COMMON: f64 = 0.5;

fn missing_in_newer(table: &FeatureTable, dataset: &Dataset) -> Option<CheckRecord> {
    let mut rows: Vec<usize> =
        dataset.rows.iter().copied().filter(|row| table.start_time_us[*row].is_some()).collect();
    rows.sort_by_key(|row| (table.start_time_us[*row], *row));
    let (older, newer) = rows.split_at(rows.len() / 2);
    if older.is_empty() {
        return None;
    }
    let share = |rows: &[usize], is_missing: &dyn Fn(usize) -> bool| {
        rows.iter().filter(|row| is_missing(**row)).count() as f64 / rows.len() as f64
    };
    let ends = |is_missing: &dyn Fn(usize) -> bool| {
        share(older, is_missing) < RARE && share(newer, is_missing) > COMMON
    };
    let numbers = table.features.iter().filter(|f| ends(&|row| f.values[row].is_nan()));
    let words = table.categories.iter().filter(|c| ends(&|row| c.values[row].is_none()));
    let names: Vec<&str> =
        numbers.map(|f| f.name.as_str()).chain(words.map(|c| c.name.as_str())).collect();
    (!names.is_empty()).then(|| {
        let message = format!(
            "most of the newer half of the flights lack {}, which the older half have",
            some(&names)
        );
        check("missing-in-newer", message)
    })
}

/// Factors between units that are mistaken for each other: feet and metres, knots and metres per
/// second, knots and kilometres per hour, nautical miles and kilometres, degrees and radians,
/// flight levels and feet, kilo and not.
const FACTORS: [f64; 7] = [3.280_84, 1.943_84, 1.852, 3.6, 57.295_78, 100.0, 1000.0];
/// How near the ratio of two groups has to be to a factor.
const NEAR: f64 = 0.05;
/// Fewest flights, and the least share of them, that make a group.
const GROUP: usize = 5;
const GROUP_SHARE: f64 = 0.05;

/// Variables whose means and whose largest values both fall into two groups, a factor between
/// units apart: one of them alone may have other reasons, such as a track about north.
fn mixed_units(table: &FeatureTable, dataset: &Dataset) -> Option<CheckRecord> {
    let groups = dataset.groups();
    let is_mixed_in = |feature: &Feature| {
        groups.values().any(|flights| {
            let values = flights.iter().map(|flight| feature.values[dataset.rows[*flight]].abs());
            is_mixed(values.filter(|value| *value > 0.0).collect())
        })
    };
    let find = |name: String| table.features.iter().find(|feature| feature.name == name);
    let means = table.features.iter().filter_map(|feature| {
        let variable = feature.name.strip_suffix("_mean")?;
        Some((variable, feature, find(aggregate_column(variable, "max"))))
    });
    let mixed = means.filter(|(_, mean, max)| is_mixed_in(mean) && max.is_none_or(is_mixed_in));
    let names: Vec<&str> = mixed.map(|(variable, ..)| variable).collect();
    (!names.is_empty()).then(|| {
        let message =
            format!("flights of one pair have {} in what look like two units", some(&names));
        check("mixed-units", message)
    })
}

/// Whether positive values fall into two groups whose medians are a factor apart, with nothing
/// between them.
fn is_mixed(mut values: Vec<f64>) -> bool {
    values.sort_by(f64::total_cmp);
    let least = GROUP.max((GROUP_SHARE * values.len() as f64).ceil() as usize);
    if values.len() < 2 * least {
        return false;
    }
    let gap = (least..=values.len() - least)
        .max_by(|a, b| (values[*a] / values[*a - 1]).total_cmp(&(values[*b] / values[*b - 1])));
    let Some(gap) = gap else { return false };
    let (low, high) = values.split_at(gap);
    let Some(ratio) = median(high.to_vec()).zip(median(low.to_vec())).map(|(h, l)| h / l) else {
        return false;
    };
    // Two groups are apart where the gap is wider than either group.
    let width = |group: &[f64]| group[group.len() - 1] / group[0];
    let is_gap = values[gap] / values[gap - 1] > width(low).max(width(high));
    is_gap && FACTORS.iter().any(|factor| (ratio / factor - 1.0).abs() <= NEAR)
}

fn some(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() <= MOST_NAMED {
        return shown;
    }
    format!("{shown} and {} more", names.len() - MOST_NAMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_a_factor_between_units_apart_are_mixed_and_other_groups_are_not() {
        let metres: Vec<f64> = (0..30).map(|i| 10_000.0 + 40.0 * f64::from(i)).collect();
        let feet: Vec<f64> = metres.iter().take(10).map(|m| m * 3.280_84).collect();
        assert!(is_mixed([metres.clone(), feet].concat()));
        assert!(!is_mixed(metres.clone()));
        let twice: Vec<f64> = metres.iter().take(10).map(|m| m * 2.5).collect();
        assert!(!is_mixed([metres.clone(), twice].concat()), "no factor");
        let few: Vec<f64> = metres.iter().take(2).map(|m| m * 3.280_84).collect();
        assert!(!is_mixed([metres, few].concat()), "outliers");
        let spread: Vec<f64> = (1..60).map(|i| 100.0 * f64::from(i)).collect();
        assert!(!is_mixed(spread), "no gap");
    }
}
