//! A timetable is the list of services that a pair has in a week.
//!
//! The schedule draws its flights from it. It depends on the pair alone, so the same line
//! flies at the same hour under every seed.

use super::airlines::{self, Airline};
use super::draws::{Draws, Stream};
use super::pair::Pair;

/// Services of a pair, more than fly on a day.
pub(super) const SERVICES: usize = 48;

/// Share of departures by UTC hour, 05 to 22.
const HOURS: [f64; 18] =
    [0.5, 1.5, 2.0, 1.6, 1.1, 0.9, 0.8, 1.0, 1.1, 1.0, 0.9, 1.1, 1.4, 1.7, 1.5, 1.1, 0.7, 0.4];
const FIRST_HOUR: usize = 5;

/// One line of the timetable.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) airline: &'static Airline,
    pub(super) number: usize,
    /// Scheduled departure, minutes after midnight UTC.
    pub(super) minute: u32,
    /// Designator of the type that usually flies it.
    pub(super) usual_type: &'static str,
    /// Whether it flies, Sunday first.
    pub(super) flies_on: [bool; 7],
}

/// The services of a pair.
pub(super) fn of(pair: &Pair) -> Vec<Service> {
    let mut draws = Draws::new(0, Stream::Timetable, pair.key());
    let airlines = airlines::serving(pair);
    let base = 100 * (1 + draws.index(60));
    (0..SERVICES)
        .map(|line| {
            let airline = airlines[draws.weighted(airlines.iter().map(|(_, share)| *share))].0;
            let hour = FIRST_HOUR + draws.weighted(HOURS.iter().copied());
            let weekday = draws.chance(0.92);
            let weekend = draws.chance(0.65);
            Service {
                airline,
                number: base + 2 * line,
                minute: (hour * 60 + 5 * draws.index(12)) as u32,
                usual_type: any_type(airline, pair, &mut draws),
                flies_on: [weekend, weekday, weekday, weekday, weekday, weekday, weekend],
            }
        })
        .collect()
}

/// A type of the airline's fleet that can fly the pair.
pub(super) fn any_type(airline: &Airline, pair: &Pair, draws: &mut Draws) -> &'static str {
    let fleet = airline.fleet_for(pair);
    fleet[draws.weighted(fleet.iter().map(|(_, share)| *share))].0
}

/// How busy an airport is at a time of day, from 0 to 1.
pub(super) fn busyness(epoch_s: f64) -> f64 {
    let seconds_of_day = epoch_s - 86_400.0 * (epoch_s / 86_400.0).floor();
    let hour = (seconds_of_day / 3600.0) as usize;
    hour.checked_sub(FIRST_HOUR).and_then(|slot| HOURS.get(slot)).map_or(0.1, |share| share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timetable_belongs_to_its_pair() {
        let pairs = Pair::defaults();
        let lines = |pair| -> Vec<(usize, u32)> {
            of(pair).iter().map(|service| (service.number, service.minute)).collect()
        };
        assert_eq!(lines(&pairs[0]), lines(&pairs[0]));
        assert_ne!(lines(&pairs[0]), lines(&pairs[1]));
        for service in of(&pairs[0]) {
            assert!((300..23 * 60).contains(&service.minute));
        }
    }

    #[test]
    fn mornings_and_evenings_are_busy_and_nights_are_not() {
        assert!(busyness(7.5 * 3600.0) > 0.9);
        assert!(busyness(18.5 * 3600.0) > busyness(11.0 * 3600.0));
        assert!(busyness(2.0 * 3600.0) < 0.2);
    }
}
