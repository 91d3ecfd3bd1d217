//! What is to be said of axes that are not monotone: how much of them runs backward, and which
//! flights lack them.

use super::ExploreAxis;
use super::band::axis_words;
use super::normalisation::{flights, median};
use super::sample::Sample;
use crate::page::words::share;

/// The part of a variable's ups and downs that may run backward before it is called not
/// monotone: what noise in a measured fuel or distance amounts to.
const MONOTONE: f64 = 0.05;

/// Sentences on the axes that are variables of the files, and on flights that lack an axis.
pub(super) fn notes(sample: &Sample) -> Vec<String> {
    let all = sample.pairs.iter().flat_map(|pair| &pair.flights);
    let n_flights = all.clone().count();
    let mut notes = Vec::new();
    for (place, axis) in sample.axes.iter().enumerate() {
        let profiles = all.clone().filter_map(|flight| flight.along[place].as_ref());
        let backward: Vec<f64> = profiles.map(|profile| profile.backward).collect();
        let (name, n_known) = (axis_words(axis), backward.len());
        if n_known < n_flights {
            notes.push(format!(
                "{} of {} read lack the {name}, or do not move along it.",
                flights(n_flights - n_known),
                flights(n_flights)
            ));
        }
        let Some(usual) = median(backward.clone()) else { continue };
        let n_not = backward.iter().filter(|part| **part > MONOTONE).count();
        if matches!(axis, ExploreAxis::Known(_)) && n_not == 0 {
            continue;
        }
        let part = share(usual);
        notes.push(if usual > MONOTONE {
            format!(
                "{name} is not monotone: in the median flight {part} of its ups and downs run \
                 backward, and fractions of it, which follow its running maximum, pass over them."
            )
        } else if n_not > 0 {
            format!(
                "{name} is monotone in most flights (in the median flight {part} of its ups and \
                 downs run backward), but not in {} of {}.",
                n_not,
                flights(n_known)
            )
        } else {
            format!(
                "{name} is monotone: in the median flight {part} of its ups and downs run backward."
            )
        });
    }
    notes
}
