//! A route is one of the few ways across the country that a pair has.
//!
//! The planner chooses one per flight. The routes themselves depend on the pair alone, like
//! the published ones they stand for.

use super::draws::{Draws, Stream};
use super::pair::Pair;
use super::schedule::{Departure, weekday};
use super::sphere::Position;
use super::units::NMI_M;
use super::weather::Weather;

/// The waypoints of one route, terminal areas left out.
pub(super) struct Route {
    pub(super) points: Vec<Position>,
    /// Whether it crosses airspace that is closed on working days.
    crosses_training_area: bool,
}

/// The routes of a pair: two to four, from one side of the great circle to the other.
pub(super) fn of(pair: &Pair) -> Vec<Route> {
    let mut draws = Draws::new(0, Stream::Network, pair.key());
    let distance_m = pair.distance_m();
    let (from, to) = (pair.from.position(), pair.to.position());
    let course_deg = from.bearing_deg(to);
    let count = 2 + draws.index(3);
    let steps = (distance_m / (75.0 * NMI_M)).clamp(3.0, 9.0) as usize;
    let closed = draws.index(count);
    (0..count)
        .map(|which| {
            let side = 2.0 * which as f64 / (count - 1) as f64 - 1.0;
            let bulge_m = (side * 0.085 + 0.02 * draws.normal()) * distance_m;
            let bulge_m = bulge_m.clamp(-60.0 * NMI_M, 60.0 * NMI_M);
            let points = (1..steps)
                .map(|step| {
                    let share = step as f64 / steps as f64;
                    let bow_m = bulge_m * libm::sin(std::f64::consts::PI * share);
                    let kink_m = 0.012 * distance_m * draws.normal();
                    from.toward(course_deg, share * distance_m)
                        .toward(course_deg + 90.0, bow_m + kink_m)
                })
                .collect();
            Route { points, crosses_training_area: which == closed }
        })
        .collect()
}

/// The points that one flight takes: a route by a multinomial logit over flying time with
/// the wind, closures and taste, then short cuts and storms.
pub(super) fn choose(departure: &Departure, weather: &Weather, draws: &mut Draws) -> Vec<Position> {
    let routes = of(&departure.pair);
    let hour = departure.epoch_s / 3600 % 24;
    let working_day = (1..=5).contains(&weekday(departure.day));
    let closed = working_day && (7..15).contains(&hour);
    let mut best = (0, f64::NEG_INFINITY);
    for (index, route) in routes.iter().enumerate() {
        let minutes = flying_minutes(departure, route, weather);
        let barred = if closed && route.crosses_training_area { 2.5 } else { 0.0 };
        let utility = -0.9 * minutes - barred + draws.gumbel();
        if utility > best.1 {
            best = (index, utility);
        }
    }
    let mut points = routes[best.0].points.clone();
    avoid_storms(&mut points, departure, weather, draws);
    let quiet = !working_day || !(6..19).contains(&hour);
    if points.len() > 1 && draws.chance(if quiet { 0.5 } else { 0.25 }) {
        let first = draws.index(points.len() - 1);
        let skipped = 1 + draws.index(2.min(points.len() - first));
        points.drain(first..first + skipped);
    }
    points
}

/// Time en route with the wind at cruise, by legs.
fn flying_minutes(departure: &Departure, route: &Route, weather: &Weather) -> f64 {
    let airspeed_ms = departure.aircraft.cruise_mach * 297.0;
    let altitude_m = departure.aircraft.ceiling_fl.min(350.0) * 30.48;
    let pair = &departure.pair;
    let mut seconds = 0.0;
    let mut at = pair.from.position();
    for next in route.points.iter().copied().chain([pair.to.position()]) {
        let (latitude_deg, longitude_deg) = (next.latitude_deg(), next.longitude_deg());
        let wind = weather.at(latitude_deg, longitude_deg, altitude_m, departure.epoch_s as f64);
        let (sin, cos) = libm::sincos(at.bearing_deg(next).to_radians());
        let tailwind_ms = wind.wind_east_ms * sin + wind.wind_north_ms * cos;
        seconds += at.distance_m(next) / (airspeed_ms + tailwind_ms);
        at = next;
    }
    seconds / 60.0
}

/// Pushes a waypoint aside where weather stands on it.
fn avoid_storms(
    points: &mut [Position],
    departure: &Departure,
    weather: &Weather,
    draws: &mut Draws,
) {
    let storm = weather.storminess(departure.epoch_s as f64);
    if points.is_empty() || !draws.chance(0.1 + 0.5 * storm) {
        return;
    }
    let (from, to) = (departure.pair.from.position(), departure.pair.to.position());
    let scale_m = (0.06 * from.distance_m(to)).min(25.0 * NMI_M);
    let aside_deg = from.bearing_deg(to) + 90.0 * draws.sign();
    let which = draws.index(points.len());
    points[which] = points[which].toward(aside_deg, scale_m * draws.between(0.4, 1.2));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_has_its_own_few_routes() {
        for pair in Pair::defaults() {
            let routes = of(&pair);
            assert!((2..=4).contains(&routes.len()));
            assert!(routes[0].points != routes[1].points);
            for route in &routes {
                let mut along = vec![pair.from.position()];
                along.extend(&route.points);
                along.push(pair.to.position());
                let length_m: f64 = along.windows(2).map(|leg| leg[0].distance_m(leg[1])).sum();
                let detour = length_m / pair.distance_m();
                assert!((1.0..1.15).contains(&detour), "{pair} {detour}");
            }
        }
    }
}
