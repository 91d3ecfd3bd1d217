//! The verdict on axes: which has the least dispersion, for which variable, where along the
//! flight.

use super::ExploreAxis;
use super::band::{axis_ink, axis_words};
use super::normalisation::Dispersions;
use crate::chart::{ContestCell, ContestMap, Ink, LineChart, Point, Series, grouped};
use crate::page::words::{UNKNOWN, count, percent};
use crate::page::{Figure, Grid, LegendItem, drawing, grid_of};

/// A lead that is smaller, as a share of the runner-up's dispersion, is none.
const DRAW: f64 = 0.02;
/// Every how manieth fraction is a column of the contest and a dot of the curves.
const STEP: usize = 2;
/// Curves that the page has room for.
const MOST_CURVES: usize = 40;

/// Which axis wins.
pub(super) struct Verdict {
    /// For each axis the number of variables of which it has the least dispersion, on average
    /// over all fractions.
    won: Vec<usize>,
    /// The same in words.
    pub(super) sentence: String,
}

/// The axis with the least of some dispersions, and by how much it is ahead of the next, as a
/// share of the next; none where fewer than two are known.
pub(super) fn winners(dispersions: &[f64]) -> Option<(usize, f64)> {
    let mut order: Vec<usize> =
        (0..dispersions.len()).filter(|axis| dispersions[*axis].is_finite()).collect();
    // Stable, so that the first axis wins a draw.
    order.sort_by(|a, b| dispersions[*a].total_cmp(&dispersions[*b]));
    let (best, next) = (*order.first()?, *order.get(1)?);
    let lead =
        if dispersions[next] > 0.0 { 1.0 - dispersions[best] / dispersions[next] } else { 0.0 };
    Some((best, lead))
}

impl Verdict {
    pub(super) fn new(measured: &[Dispersions<'_>], axes: &[ExploreAxis]) -> Self {
        let mut won = vec![0; axes.len()];
        let mut drawn = 0;
        let mut ratios = vec![Vec::new(); axes.len()];
        for one in measured {
            let means = one.means();
            match winners(&means) {
                Some((_, lead)) if lead < DRAW => drawn += 1,
                Some((axis, _)) => won[axis] += 1,
                None => {}
            }
            for (axis, mean) in means.iter().enumerate().filter(|(_, mean)| mean.is_finite()) {
                if means[0] > 0.0 {
                    ratios[axis].push(mean / means[0]);
                }
            }
        }
        let sentence = sentence(axes, &won, drawn, measured.len(), &ratios);
        Self { won, sentence }
    }

    /// The number of variables by the axis that wins them.
    pub(super) fn wins(&self, axes: &[ExploreAxis]) -> serde_json::Value {
        let wins = axes.iter().zip(&self.won);
        wins.map(|(axis, n)| (axis.to_string(), serde_json::json!(n))).collect()
    }
}

fn sentence(
    axes: &[ExploreAxis],
    won: &[usize],
    drawn: usize,
    n_variables: usize,
    ratios: &[Vec<f64>],
) -> String {
    if axes.len() == 1 {
        return format!(
            "only the {} was asked for, so there is nothing to compare",
            axis_words(&axes[0])
        );
    }
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|axis| std::cmp::Reverse(won[*axis]));
    let part = |axis: &usize| {
        format!("{} of {n_variables} along the {}", won[*axis], axis_words(&axes[*axis]))
    };
    let parts: Vec<String> = order.iter().map(part).collect();
    let draws = match drawn {
        0 => String::new(),
        n => format!(", {} without a winner", count(n as u64)),
    };
    let best = order[0];
    let ratio = (best > 0).then(|| super::normalisation::median(ratios[best].clone())).flatten();
    let ratio = ratio.map_or_else(String::new, |ratio| {
        format!(
            "; the median variable has {} of the dispersion along the {} that it has along the {}",
            percent((ratio * 100.0).round() / 100.0),
            axis_words(&axes[best]),
            axis_words(&axes[0])
        )
    });
    format!("variables lie closest together, {}{draws}{ratio}", parts.join(", "))
}

/// A row per variable: mean dispersion along each axis, which wins, and where.
pub(super) fn verdict_grid(
    measured: &[Dispersions<'_>],
    axes: &[ExploreAxis],
    fractions: &[f64],
) -> Grid {
    let mut head = vec!["variable".to_owned()];
    head.extend(axes.iter().map(|axis| format!("along the {}", axis_words(axis))));
    head.extend(["least", "by", "and where"].map(str::to_owned));
    let row = |one: &Dispersions<'_>| {
        let means = one.means();
        let mut row = vec![one.quantity.label.clone()];
        row.extend(means.iter().map(|mean| grouped(*mean, 3)));
        match winners(&means) {
            Some((axis, lead)) => {
                row.push(if lead < DRAW { "equal".to_owned() } else { axis_words(&axes[axis]) });
                row.push(percent((lead * 100.0).round() / 100.0));
                row.push(stretches(one, axis, fractions));
            }
            None => row.extend(vec![UNKNOWN.to_owned(); 3]),
        }
        row
    };
    Grid {
        title: "Mean dispersion over all fractions: interquartile range as a share of the \
                variable’s whole spread"
            .to_owned(),
        head,
        rows: measured.iter().map(row).collect(),
    }
}

/// The stretches of the flight where an axis has the least dispersion.
fn stretches(one: &Dispersions<'_>, axis: usize, fractions: &[f64]) -> String {
    let ahead: Vec<bool> = (0..fractions.len())
        .map(|at| {
            let here: Vec<f64> = one.by_axis.iter().map(|values| values[at]).collect();
            winners(&here).is_some_and(|(best, lead)| best == axis && lead > 0.0)
        })
        .collect();
    let places: Vec<usize> = (0..fractions.len()).collect();
    let runs = places.chunk_by(|a, b| ahead[*a] == ahead[*b]).filter(|run| ahead[run[0]]);
    let whole = |fraction: f64| grouped(100.0 * fraction, 0);
    let words = runs.filter(|run| run.len() > 1).map(|run| {
        format!("{}–{}", whole(fractions[run[0]]), percent(fractions[run[run.len() - 1]]))
    });
    let words: Vec<String> = words.collect();
    if words.len() > 4 {
        let share = ahead.iter().filter(|ahead| **ahead).count() as f64 / ahead.len() as f64;
        return format!(
            "in {} stretches, {} of the flight",
            words.len(),
            percent((share * 100.0).round() / 100.0)
        );
    }
    if words.is_empty() { "at single places".to_owned() } else { words.join(", ") }
}

fn legend(axes: &[ExploreAxis]) -> Vec<LegendItem> {
    let item =
        |(place, axis): (usize, &ExploreAxis)| LegendItem::new(axis_ink(place), axis_words(axis));
    axes.iter().enumerate().map(item).collect()
}

/// Which axis is ahead, by variable and fraction.
pub(super) fn contest(
    name: &str,
    measured: &[Dispersions<'_>],
    axes: &[ExploreAxis],
    fractions: &[f64],
) -> Figure {
    let cell = |one: &Dispersions<'_>, at: usize| {
        let here: Vec<f64> = one.by_axis.iter().map(|values| values[at]).collect();
        let (winner, lead) = winners(&here)?;
        let parts = axes.iter().zip(&here);
        let parts =
            parts.map(|(axis, value)| format!("{} {}", axis_words(axis), grouped(*value, 3)));
        let note = format!(
            "{}, {}: {}",
            one.quantity.label,
            percent(fractions[at]),
            parts.collect::<Vec<_>>().join(", ")
        );
        // Nobody is ahead where all flights are the same.
        (lead > 0.0).then_some(ContestCell { winner, lead, note })
    };
    let places = || (0..fractions.len()).step_by(STEP);
    let rows: Vec<(String, Vec<Option<ContestCell>>)> = measured
        .iter()
        .map(|one| (one.quantity.label.clone(), places().map(|at| cell(one, at)).collect()))
        .collect();
    let map = ContestMap {
        heading: "The axis with the least dispersion".to_owned(),
        description: format!(
            "Which axis has the least dispersion, by variable and part of the flight, for {name}; \
             the numbers follow."
        ),
        x_label: "part of the axis (%)".to_owned(),
        columns: places().map(|at| grouped(100.0 * fractions[at], 0)).collect(),
        contenders: (0..axes.len()).map(axis_ink).collect::<Vec<Ink>>(),
        rows,
    };
    let mut head = vec!["variable".to_owned()];
    let tenths = || (0..fractions.len()).step_by(5);
    head.extend(tenths().map(|at| percent(fractions[at])));
    let grids = axes.iter().enumerate().map(|(axis, words)| Grid {
        title: format!("Dispersion along the {}", axis_words(words)),
        head: head.clone(),
        rows: measured
            .iter()
            .map(|one| {
                let cells = tenths().map(|at| grouped(one.by_axis[axis][at], 3));
                std::iter::once(one.quantity.label.clone()).chain(cells).collect()
            })
            .collect(),
    });
    Figure {
        caption: format!(
            "{name}: each cell is in the colour of the axis along which the variable lies closest \
             together there; the stronger, the farther it is ahead of the next."
        ),
        panels: vec![drawing(map.to_svg())],
        shape: "wide",
        several: true,
        legend: legend(axes),
        grids: grids.collect(),
    }
}

/// The dispersion of each variable along the flight, a line per axis.
pub(super) fn curves(
    name: &str,
    measured: &[Dispersions<'_>],
    axes: &[ExploreAxis],
    fractions: &[f64],
) -> Figure {
    let (mut panels, mut grids) = (Vec::new(), Vec::new());
    let names: Vec<String> = axes.iter().map(axis_words).collect();
    for one in measured.iter().take(MOST_CURVES) {
        let series = (0..axes.len()).map(|axis| {
            let points = (0..fractions.len()).step_by(STEP).map(|at| {
                let value = one.by_axis[axis][at];
                Point {
                    x: 100.0 * fractions[at],
                    y: value,
                    note: format!(
                        "{}, {}: {}",
                        names[axis],
                        percent(fractions[at]),
                        grouped(value, 3)
                    ),
                }
            });
            Series { ink: axis_ink(axis), points: points.collect() }
        });
        let chart = LineChart {
            heading: one.quantity.label.clone(),
            description: format!(
                "Dispersion of {} along each axis; the numbers follow.",
                one.quantity.label
            ),
            x_label: "part of the axis (%)".to_owned(),
            y_label: "dispersion (share of spread)".to_owned(),
            x_range: (0.0, 100.0),
            y_range: None,
            series: series.collect(),
        };
        grids.push(grid_of(&chart, &names, |value| grouped(value, 3)));
        panels.push(drawing(chart.to_svg()));
    }
    Figure {
        caption: format!(
            "{name}: dispersion of each variable along the flight; lower is better. Each panel \
             has a scale of its own."
        ),
        panels,
        shape: "line",
        several: true,
        legend: legend(axes),
        grids,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_wins_by_its_share_of_the_next_and_the_first_wins_a_draw() {
        assert_eq!(winners(&[0.4, 0.1, 0.2]), Some((1, 0.5)));
        assert_eq!(winners(&[0.2, 0.2]), Some((0, 0.0)));
        assert_eq!(winners(&[0.0, 0.0]), Some((0, 0.0)));
        assert_eq!(winners(&[f64::NAN, 0.2]), None);
    }
}
