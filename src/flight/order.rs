//! An order says which rows of a file count, by time. Most files are in order as they are,
//! and then there is nothing to sort, to look up or to copy.

use super::roles::{Clock, NO_TIME, RoleRows};
use crate::tables::Cleaning;

/// The rows of a file in order of time, without those whose time an earlier row has. Rows
/// without a time stay behind the row above them.
pub(super) enum Order {
    /// All rows, so many, as they stand in the file.
    AsInFile(u32),
    /// Numbers of rows.
    Sorted(Vec<u32>),
}

impl Order {
    /// The order of a file's rows; counts the repeated times that it leaves out.
    pub(super) fn of(rows: &RoleRows, clock: &Clock, cleaning: &mut Cleaning) -> Self {
        let n_rows = rows.time_us.len() as u32;
        if !clock.disordered && !clock.repeated {
            return Self::AsInFile(n_rows);
        }
        let mut last = NO_TIME;
        let keys: Vec<i64> = rows
            .time_us
            .iter()
            .map(|time| {
                last = if *time == NO_TIME { last } else { *time };
                last
            })
            .collect();
        let mut order: Vec<u32> = (0..n_rows).collect();
        order.sort_by_key(|row| keys[*row as usize]);
        let before = order.len();
        let mut last = NO_TIME;
        order.retain(|row| {
            let time = rows.time_us[*row as usize];
            let repeats = time != NO_TIME && time == last;
            last = if time == NO_TIME { last } else { time };
            !repeats
        });
        cleaning.repeated_times = (before - order.len()) as u64;
        Self::Sorted(order)
    }

    /// The rows' numbers in this order.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        let (all, sorted) = match self {
            Self::AsInFile(n_rows) => (0..*n_rows, &[][..]),
            Self::Sorted(order) => (0..0, &order[..]),
        };
        all.chain(sorted.iter().copied()).map(|row| row as usize)
    }

    /// Whether nothing is moved or left out.
    pub(super) fn is_as_in_file(&self) -> bool {
        matches!(self, Self::AsInFile(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_that_the_clock_finds_in_order_need_no_sorting(
            times in prop::collection::vec(prop_oneof![Just(NO_TIME), 0i64..20], 0..12),
            sort in any::<bool>(),
        ) {
            let mut times = times;
            if sort {
                times.sort_unstable();
            }
            let mut cleaning = Cleaning::default();
            let mut clock = Clock::default();
            for time in &times {
                clock.tick(Some(*time).filter(|time| *time != NO_TIME), &mut cleaning);
            }
            let rows = RoleRows { time_us: times, ..RoleRows::default() };
            let found = Order::of(&rows, &clock, &mut cleaning);
            let mut always = Clock::default();
            always.disordered = true;
            let sorted = Order::of(&rows, &always, &mut Cleaning::default());
            prop_assert_eq!(found.rows().collect::<Vec<_>>(), sorted.rows().collect::<Vec<_>>());
        }
    }
}
