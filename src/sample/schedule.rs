//! The schedule says which flights there are: pair, day, service, type, take-off time, file
//! name, and what is wrong with the file.
//!
//! It is drawn once, flight after flight, before any is flown; then flights need nothing
//! from each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

use super::aircraft::{self, AircraftType};
use super::airlines::Airline;
use super::dirt::{self, DirtKind};
use super::draws::{Draws, Stream};
use super::options::SampleOptions;
use super::pair::Pair;
use super::timetable::{self, Service};
use super::weather::Weather;

/// The first day, 2024-03-01, in days since 1970-01-01.
pub(super) const FIRST_DAY: i64 = 19_783;
const FLIGHTS_PER_DAY: usize = 40;
const LEAST_DAYS: usize = 14;
/// Ten years; more flights than that make busier days.
const MOST_DAYS: usize = 3_653;
/// Shares of a week's flights, Sunday first.
const WEEKDAYS: [f64; 7] = [0.9, 1.1, 1.0, 1.0, 1.1, 1.15, 0.75];

/// One flight before it is flown.
#[derive(Clone, Debug)]
pub(super) struct Departure {
    /// Names the flight's own random numbers.
    pub(super) index: usize,
    pub(super) pair: Pair,
    pub(super) airline: &'static Airline,
    pub(super) callsign: String,
    pub(super) aircraft: &'static AircraftType,
    /// Day since 1970-01-01.
    pub(super) day: i64,
    /// Time of the first row, seconds since 1970-01-01.
    pub(super) epoch_s: i64,
    /// Name of the file, with extension.
    pub(super) file_name: String,
    /// What is wrong with the file, if anything.
    pub(super) dirt: Option<DirtKind>,
}

/// Days that a sample of this size spans.
pub(super) fn days(flights: usize) -> usize {
    flights.div_ceil(FLIGHTS_PER_DAY).clamp(LEAST_DAYS, MOST_DAYS)
}

/// The calendar date of a day since 1970-01-01.
pub(super) fn civil(day: i64) -> Date {
    let span: Span = (day - FIRST_DAY).days();
    date(2024, 3, 1).saturating_add(span)
}

/// All flights, by index.
pub(super) fn draw(options: &SampleOptions, weather: &Weather) -> Vec<Departure> {
    let mut book = Book {
        timetables: options.pairs.iter().map(timetable::of).collect(),
        taken: BTreeSet::new(),
        extra: BTreeMap::new(),
        names: BTreeSet::new(),
    };
    let mut departures: Vec<Departure> = Vec::new();
    for index in 0..options.flights {
        let dirt = if options.dirty { dirt::fate(options.seed, index) } else { None };
        let original = departures.iter().rev().find(|departure| departure.dirt.is_none());
        let departure = match (dirt, original) {
            (Some(DirtKind::RepeatedFlight), Some(original)) => book.copy(original),
            // The first flight has nothing to repeat.
            (Some(DirtKind::RepeatedFlight), None) => book.depart(options, weather, index, None),
            _ => book.depart(options, weather, index, dirt),
        };
        departures.push(departure);
    }
    departures
}

/// What is already given away.
struct Book {
    /// Services by pair, in the order of the options.
    timetables: Vec<Vec<Service>>,
    /// Day, pair and service that already fly.
    taken: BTreeSet<(i64, usize, usize)>,
    /// Flights beyond the timetable, by day and pair.
    extra: BTreeMap<(i64, usize), usize>,
    names: BTreeSet<String>,
}

impl Book {
    fn depart(
        &mut self,
        options: &SampleOptions,
        weather: &Weather,
        index: usize,
        dirt: Option<DirtKind>,
    ) -> Departure {
        let mut draws = Draws::new(options.seed, Stream::Schedule, index as u64);
        let route = draws.weighted(options.pairs.iter().map(Pair::weight));
        let pair = options.pairs[route];
        let day = any_day(days(options.flights), &mut draws);
        let (service, number) = self.service(day, route, &mut draws);
        let service = &self.timetables[route][service];
        let swapped = draws.chance(0.12);
        let code = if swapped {
            timetable::any_type(service.airline, &pair, &mut draws)
        } else {
            service.usual_type
        };
        let epoch_s = take_off_s(day, service.minute, weather, dirt, &mut draws);
        let callsign = format!("{}{number}", service.airline.code);
        let mut departure = Departure {
            index,
            pair,
            airline: service.airline,
            callsign,
            aircraft: aircraft::find(code),
            day,
            epoch_s,
            file_name: String::new(),
            dirt,
        };
        while !self.name(&mut departure) {
            departure.epoch_s += 60;
        }
        departure
    }

    /// The same flight under the name of the next free second.
    fn copy(&mut self, original: &Departure) -> Departure {
        let mut copy = Departure { dirt: Some(DirtKind::RepeatedFlight), ..original.clone() };
        let rows_from_s = original.epoch_s;
        copy.epoch_s += 1;
        while !self.name(&mut copy) {
            copy.epoch_s += 1;
        }
        Departure { epoch_s: rows_from_s, ..copy }
    }

    /// A service that does not fly yet on the day, and its number; beyond the timetable, a
    /// relief flight under a number of its own.
    fn service(&mut self, day: i64, route: usize, draws: &mut Draws) -> (usize, usize) {
        let services = &self.timetables[route];
        let free: Vec<usize> = (0..services.len())
            .filter(|line| services[*line].flies_on[weekday(day)])
            .filter(|line| !self.taken.contains(&(day, route, *line)))
            .collect();
        if free.is_empty() {
            let count = self.extra.entry((day, route)).or_insert(0);
            *count += 1;
            return (draws.index(services.len()), 9_000 + *count);
        }
        let line = free[draws.index(free.len())];
        self.taken.insert((day, route, line));
        (line, services[line].number)
    }

    /// Names the flight by its time; false where the name is taken.
    fn name(&mut self, departure: &mut Departure) -> bool {
        let (day, second) = (departure.epoch_s / 86_400, departure.epoch_s % 86_400);
        departure.file_name = format!(
            "{}_{}_{}_{}T{:02}{:02}{:02}.csv",
            departure.pair,
            departure.callsign,
            departure.aircraft.code,
            civil(day).strftime("%Y%m%d"),
            second / 3600,
            second / 60 % 60,
            second % 60,
        );
        self.names.insert(departure.file_name.clone())
    }
}

/// A day, by the shares of the weekdays.
fn any_day(days: usize, draws: &mut Draws) -> i64 {
    let share = |day: usize| WEEKDAYS[weekday(FIRST_DAY + day as i64)];
    FIRST_DAY + draws.weighted((0..days).map(share)) as i64
}

/// 0 for Sunday; 1970-01-01 was a Thursday.
pub(super) fn weekday(day: i64) -> usize {
    ((day + 4) % 7) as usize
}

/// Scheduled time, taxi and delay, which storms and rush hours lengthen.
fn take_off_s(
    day: i64,
    minute: u32,
    weather: &Weather,
    dirt: Option<DirtKind>,
    draws: &mut Draws,
) -> i64 {
    let midnight_s = day * 86_400;
    if dirt == Some(DirtKind::ClockStepsBack) {
        return midnight_s + draws.between(23.45 * 3600.0, 23.8 * 3600.0) as i64;
    }
    let scheduled_s = midnight_s + 60 * i64::from(minute);
    let (storm, busy) =
        (weather.storminess(scheduled_s as f64), timetable::busyness(scheduled_s as f64));
    let delay_s = draws.exponential(60.0 * (4.0 + 8.0 * busy + 14.0 * storm * storm));
    let taxi_s = draws.between(480.0, 960.0);
    // Nothing but a stepped clock may cross midnight by a long delay.
    let latest_s = midnight_s + 22 * 3600 + 3540;
    (scheduled_s + (taxi_s + delay_s) as i64).min(latest_s)
}
