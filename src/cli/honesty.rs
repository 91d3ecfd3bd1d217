//! The *honesty table* says at the end of `traj train` how well each model did at what it was
//! asked to do.

use terminal_size::{Width, terminal_size_of};

use crate::train::Headline;

/// Columns of output that is no terminal.
const USUAL_WIDTH: usize = 120;

/// A column of the table.
struct Column {
    name: &'static str,
    unit: String,
    cells: Vec<String>,
    /// What goes first where there is no room: the higher the sooner; none never goes.
    spare: Option<u8>,
}

/// How wide output may be: as the terminal is that it goes to, or else 120 columns.
pub(super) fn output_width() -> usize {
    terminal_size_of(std::io::stdout()).map_or(USUAL_WIDTH, |(Width(width), _)| usize::from(width))
}

/// Mean errors over held-out flights and fractions, by split, horizon and model, in lines of at
/// most `width` characters, as far as leaving out columns makes them so.
pub(super) fn honesty_table(headline: &[Headline], width: usize) -> Vec<String> {
    if headline.is_empty() {
        return vec!["no split was run, so nothing says how good the models are".to_owned()];
    }
    let mut columns = columns(headline);
    let all = columns.len();
    while line_width(&columns) > width {
        let spare = columns.iter().enumerate().filter(|(_, column)| column.spare.is_some());
        let Some((at, _)) = spare.max_by_key(|(_, column)| column.spare) else { break };
        columns.remove(at);
    }
    let mut lines =
        vec![String::new(), "mean error on flights held out, over all fractions".to_owned()];
    lines.push(line(&columns, |column| column.name));
    lines.push(line(&columns, |column| &column.unit));
    for row in 0..headline.len() {
        lines.push(line(&columns, |column| &column.cells[row]));
    }
    if headline.iter().any(|row| row.is_reconstruction) {
        lines.push("* known only after landing: a reconstruction, not a prediction".to_owned());
    }
    if columns.len() < all {
        lines.push("there is more on a wider terminal, and with --format json".to_owned());
    }
    lines.push(String::new());
    lines
}

/// The first columns are words.
const WORDS: usize = 3;
/// The name of the column of the skill's interval.
const INTERVAL: &str = "(95 %)";

fn columns(headline: &[Headline]) -> Vec<Column> {
    let several_axes = headline.iter().any(|row| row.axis != headline[0].axis);
    let model = |row: &Headline| {
        if several_axes { format!("{} by {}", row.model, row.axis) } else { row.model.to_string() }
    };
    let known = |row: &Headline| {
        if row.is_reconstruction { format!("{}*", row.horizon) } else { row.horizon.to_string() }
    };
    let column = |name, unit: &str, spare, cell: &dyn Fn(&Headline) -> String| Column {
        name,
        unit: unit.to_owned(),
        cells: headline.iter().map(cell).collect(),
        spare,
    };
    let mut fraction =
        headline.iter().flat_map(|row| &row.mid_flight_r2).map(|range| range.fraction);
    let fraction = fraction.next().map_or_else(String::new, |at| format!("at {at}"));
    vec![
        column("split", "", None, &|row| row.split.to_string()),
        column("known", "", None, &known),
        column("model", "", None, &model),
        column("position", "nmi", None, &|row| number(row.horizontal_nmi, 2)),
        column("altitude", "ft", Some(1), &|row| number(row.altitude_ft, 0)),
        column("time", "s", Some(2), &|row| number(row.elapsed_s, 0)),
        column("duration", "min", None, &|row| number(row.duration_s.map(|s| s / 60.0), 1)),
        column("at time", "nmi", Some(3), &|row| number(row.horizontal_at_time_nmi, 2)),
        column("R2", &fraction, Some(5), &r2_range),
        column("skill", "", None, &|row| number(row.skill, 2)),
        column(INTERVAL, "", Some(4), &skill_interval),
    ]
}

/// R2 from the worst target of the worst pair to the best of the best.
fn r2_range(row: &Headline) -> String {
    let lowest = row.mid_flight_r2.iter().map(|range| range.lowest).min_by(f64::total_cmp);
    let highest = row.mid_flight_r2.iter().map(|range| range.highest).max_by(f64::total_cmp);
    match lowest.zip(highest) {
        Some((lowest, highest)) => {
            format!("{}..{}", number(Some(lowest), 2), number(Some(highest), 2))
        }
        None => "-".to_owned(),
    }
}

fn skill_interval(row: &Headline) -> String {
    let interval = row.skill_lower.zip(row.skill_upper);
    interval.map_or_else(String::new, |(lower, upper)| {
        format!("({}..{})", number(Some(lower), 2), number(Some(upper), 2))
    })
}

/// A number with so many digits after the dot; what rounds to zero has no sign.
fn number(value: Option<f64>, digits: usize) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let is_zero = value.abs() * 10_f64.powi(digits as i32) < 0.5;
    format!("{:.digits$}", if is_zero { 0.0 } else { value })
}

fn column_width(column: &Column) -> usize {
    let cells = column.cells.iter().map(String::len);
    cells.chain([column.name.len(), column.unit.len()]).max().unwrap_or(0)
}

/// What stands between a column and the one before it: an interval is close to its skill.
fn gap(column: &Column) -> &'static str {
    if column.name == INTERVAL { " " } else { "  " }
}

fn line_width(columns: &[Column]) -> usize {
    let width = |column: &Column| gap(column).len() + column_width(column);
    columns.iter().map(width).sum::<usize>() - columns.first().map_or(0, |column| gap(column).len())
}

fn line<'a>(columns: &'a [Column], cell: impl Fn(&'a Column) -> &'a str) -> String {
    let mut line = String::new();
    for (at, column) in columns.iter().enumerate() {
        let (width, cell) = (column_width(column), cell(column));
        let gap = if at == 0 { "" } else { gap(column) };
        line.push_str(gap);
        let padding = " ".repeat(width - cell.len());
        let is_left = at < WORDS || column.name == INTERVAL;
        let (before, after) = if is_left { ("", padding.as_str()) } else { (padding.as_str(), "") };
        [before, cell, after].into_iter().for_each(|part| line.push_str(part));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Axis, Horizon, ModelName, Split, Target};
    use crate::train::R2Range;

    fn rows() -> Vec<Headline> {
        let row = |horizon: Horizon, model| Headline {
            split: Split::Forward,
            horizon,
            is_reconstruction: horizon.is_reconstruction(),
            axis: Axis::Time,
            model,
            n: 100,
            horizontal_nmi: Some(113.394),
            altitude_ft: Some(12_925.0),
            elapsed_s: Some(1123.4),
            duration_s: Some(192.0),
            horizontal_at_time_nmi: Some(114.0),
            skill: Some(-0.001),
            skill_lower: Some(-0.094),
            skill_upper: Some(0.161),
            mid_flight_r2: vec![R2Range {
                target: Target::Latitude,
                fraction: 0.5,
                lowest: -0.12,
                highest: 0.954,
            }],
        };
        let late = "elapsed:2376s".parse().unwrap();
        vec![row(late, ModelName::ForestPerTarget), row(Horizon::WholeFlight, ModelName::Forest)]
    }

    #[test]
    fn the_whole_table_fits_120_columns() {
        let lines = honesty_table(&rows(), 120);
        insta::assert_snapshot!(lines.join("\n"), @"

        mean error on flights held out, over all fractions
        split    known          model              position  altitude  time  duration  at time           R2  skill (95 %)
                                                        nmi        ft     s       min      nmi       at 0.5
        forward  elapsed:2376s  forest-per-target    113.39     12925  1123       3.2   114.00  -0.12..0.95   0.00 (-0.09..0.16)
        forward  whole-flight*  forest               113.39     12925  1123       3.2   114.00  -0.12..0.95   0.00 (-0.09..0.16)
        * known only after landing: a reconstruction, not a prediction
        ");
        assert!(lines.iter().all(|line| line.len() <= 120));
    }

    #[test]
    fn a_narrow_terminal_gets_what_matters_most() {
        let lines = honesty_table(&rows(), 80);
        insta::assert_snapshot!(lines.join("\n"), @"

        mean error on flights held out, over all fractions
        split    known          model              position  altitude  duration  skill
                                                        nmi        ft       min
        forward  elapsed:2376s  forest-per-target    113.39     12925       3.2   0.00
        forward  whole-flight*  forest               113.39     12925       3.2   0.00
        * known only after landing: a reconstruction, not a prediction
        there is more on a wider terminal, and with --format json
        ");
        assert!(lines.iter().all(|line| line.len() <= 80));
        // Narrower than the words alone is as it is.
        assert!(honesty_table(&rows(), 20)[2].contains("skill"));
    }

    #[test]
    fn what_is_undefined_is_a_dash() {
        let mut rows = rows();
        rows[0].altitude_ft = None;
        rows[0].mid_flight_r2.clear();
        rows[0].skill_lower = None;
        let lines = honesty_table(&rows, 120);
        let cells: Vec<&str> = lines[4].split_whitespace().collect();
        assert_eq!(cells[4..], ["-", "1123", "3.2", "114.00", "-", "0.00"]);
        assert_eq!(honesty_table(&[], 80).len(), 1);
    }
}
