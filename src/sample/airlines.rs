//! An airline is a callsign prefix with home airports, a fleet and habits.
//!
//! The timetable asks which airlines serve a pair.

use super::aircraft;
use super::pair::Pair;
use super::units::NMI_M;

/// One airline.
#[derive(Debug)]
pub(super) struct Airline {
    /// ICAO three-letter designator.
    pub(super) code: &'static str,
    homes: &'static [&'static str],
    /// Type designators with their share of the fleet.
    pub(super) fleet: &'static [(&'static str, f64)],
    /// How dear time is against fuel: adds to Mach and to the climb and descent speeds.
    pub(super) haste: f64,
}

const AIRLINES: [Airline; 16] = [
    airline("IBE", &["LEMD"], &[("A320", 3.0), ("A321", 2.0), ("A20N", 2.0), ("A332", 0.4)], 0.4),
    airline("IBS", &["LEMD"], &[("A320", 3.0), ("A20N", 1.0)], 0.1),
    airline("AEA", &["LEMD", "LEPA"], &[("B738", 3.0), ("E190", 1.0), ("A332", 0.3)], 0.0),
    airline("ANE", &["LEVC", "LEMD"], &[("AT76", 2.0), ("E190", 1.0)], -0.2),
    airline("VLG", &["LEBL", "LEPA", "LEVC"], &[("A320", 4.0), ("A321", 1.0), ("A20N", 1.0)], -0.4),
    airline("TAP", &["LPPT"], &[("A319", 1.0), ("A320", 2.0), ("E190", 2.0), ("AT76", 1.0)], 0.0),
    airline("AFR", &["LFPG", "LFBO"], &[("A319", 1.0), ("A320", 3.0), ("A321", 1.0)], 0.3),
    airline("BAW", &["EGLL"], &[("A319", 2.0), ("A320", 3.0), ("A20N", 2.0), ("A321", 1.0)], 0.5),
    airline("KLM", &["EHAM"], &[("B738", 3.0), ("E190", 3.0)], 0.2),
    airline("DLH", &["EDDF", "EDDM"], &[("A319", 1.0), ("A320", 3.0), ("A321", 2.0)], 0.2),
    airline("ITY", &["LIRF", "LIMC"], &[("A319", 2.0), ("A320", 3.0)], 0.1),
    airline("SWR", &["LSZH"], &[("A320", 2.0), ("A321", 1.0), ("E190", 1.0)], 0.3),
    airline("AUA", &["LOWW"], &[("A320", 2.0), ("E190", 2.0)], 0.0),
    airline("SAS", &["EKCH"], &[("A20N", 3.0), ("A319", 1.0)], -0.1),
    airline("BEL", &["EBBR"], &[("A319", 2.0), ("A320", 1.0)], 0.0),
    airline("RYR", &[], &[("B738", 1.0)], -0.6),
];

/// The airlines that fly a pair with how much of it each has: those at home at one end, a
/// little of a guest that flies everywhere.
pub(super) fn serving(pair: &Pair) -> Vec<(&'static Airline, f64)> {
    static TABLE: [Airline; 16] = AIRLINES;
    TABLE
        .iter()
        .filter_map(|airline| {
            let share = if airline.homes.is_empty() {
                0.6
            } else {
                let at_home = |icao| if airline.homes.contains(&icao) { 1.0 } else { 0.0 };
                1.5 * at_home(pair.from.icao) + 1.2 * at_home(pair.to.icao)
            };
            (share > 0.0).then_some((airline, share))
        })
        .collect()
}

impl Airline {
    /// The part of the fleet that can fly the pair, with its shares.
    pub(super) fn fleet_for(&self, pair: &Pair) -> Vec<(&'static str, f64)> {
        let distance_nmi = pair.distance_m() / NMI_M;
        let able = |code: &str| aircraft::find(code).longest_nmi >= distance_nmi;
        self.fleet.iter().copied().filter(|(code, _)| able(code)).collect()
    }
}

const fn airline(
    code: &'static str,
    homes: &'static [&'static str],
    fleet: &'static [(&'static str, f64)],
    haste: f64,
) -> Airline {
    Airline { code, homes, fleet, haste }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::airports::AIRPORTS;

    #[test]
    fn every_pair_has_airlines_that_can_fly_it() {
        for from in &AIRPORTS {
            for to in AIRPORTS.iter().filter(|to| *to != from) {
                let pair = Pair { from, to };
                let serving = serving(&pair);
                assert!(!serving.is_empty());
                assert!(serving.iter().all(|(airline, _)| !airline.fleet_for(&pair).is_empty()));
            }
        }
    }
}
