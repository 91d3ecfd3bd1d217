//! Faults of the recording: rows in the wrong order, twice, missing, or at a wrong time.
//!
//! [`super::soiled`] applies one of them before the text is made.

use crate::sample::draws::Draws;
use crate::sample::row::Row;

/// Swaps some neighbouring blocks, as when packets overtake each other.
pub(super) fn shuffle(rows: &mut [Row], draws: &mut Draws) {
    for _ in 0..3 + draws.index(6) {
        let length = 1 + draws.index(20);
        if rows.len() > 2 * length {
            let start = draws.index(rows.len() - 2 * length);
            rows[start..start + 2 * length].rotate_left(length);
        }
    }
}

/// Repeats some rows at their own time, with a slightly different position.
pub(super) fn repeat_times(rows: &mut Vec<Row>, draws: &mut Draws) {
    for _ in 0..10 + draws.index(30) {
        let index = draws.index(rows.len());
        let mut again = rows[index].clone();
        for angle_deg in &mut again.values[..2] {
            *angle_deg += 1e-4 * draws.normal();
        }
        rows.insert(index + 1, again);
    }
}

/// Takes out one to three stretches of one to eight minutes, never the ends.
pub(super) fn cut_gaps(rows: &mut Vec<Row>, draws: &mut Draws) {
    for _ in 0..=draws.index(3) {
        let length = 60 + draws.index(420);
        if rows.len() > length + 300 {
            let start = 60 + draws.index(rows.len() - length - 120);
            rows.drain(start..start + length);
        }
    }
}

/// Keeps between a fifth and four fifths of the flight.
pub(super) fn cut_end(rows: &mut Vec<Row>, draws: &mut Draws) {
    let kept = draws.between(0.2, 0.8) * rows.len() as f64;
    rows.truncate(kept as usize);
}

/// Gives every row the date of the first.
pub(super) fn step_back(rows: &mut [Row]) {
    let first_day = rows.first().map_or(0, |row| row.epoch_s.div_euclid(86_400));
    for row in rows {
        row.epoch_s = first_day * 86_400 + row.epoch_s.rem_euclid(86_400);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::draws::Stream;
    use crate::sample::row::VALUES;

    fn rows(first_s: i64) -> Vec<Row> {
        (0..3_000).map(|s| Row { epoch_s: first_s + s, values: [1.0; VALUES] }).collect()
    }

    fn steps(rows: &[Row]) -> Vec<i64> {
        rows.windows(2).map(|pair| pair[1].epoch_s - pair[0].epoch_s).collect()
    }

    #[test]
    fn shuffled_rows_are_the_same_rows() {
        let mut rows = rows(0);
        shuffle(&mut rows, &mut Draws::new(1, Stream::Dirt, 1));
        assert!(steps(&rows).iter().any(|step| *step < 0));
        rows.sort_by_key(|row| row.epoch_s);
        assert!(steps(&rows).iter().all(|step| *step == 1));
    }

    #[test]
    fn repeated_times_come_in_pairs() {
        let mut rows = rows(0);
        repeat_times(&mut rows, &mut Draws::new(1, Stream::Dirt, 1));
        let repeated = steps(&rows).iter().filter(|step| **step == 0).count();
        assert_eq!(repeated, rows.len() - 3_000);
        assert!(repeated >= 10);
    }

    #[test]
    fn gaps_are_minutes_long_and_inside() {
        let mut rows = rows(0);
        cut_gaps(&mut rows, &mut Draws::new(1, Stream::Dirt, 1));
        assert!(steps(&rows).iter().max().is_some_and(|step| *step > 60));
        assert_eq!((rows[0].epoch_s, rows[rows.len() - 1].epoch_s), (0, 2_999));
    }

    #[test]
    fn the_clock_steps_back_by_nearly_a_day() {
        let mut rows = rows(19_800 * 86_400 - 1_000);
        step_back(&mut rows);
        let steps = steps(&rows);
        assert_eq!(steps.iter().filter(|step| **step == 1 - 86_400).count(), 1);
        assert_eq!(steps.iter().filter(|step| **step == 1).count(), 2_998);
    }
}
