//! Every figure of sample flights, held against pandas and numpy. `tests/reference/flights.py`
//! computed `tests/reference/sample_flights.csv` from the same files.

use std::collections::BTreeMap;

use crate::world::World;

/// Flight, figure, value.
const REFERENCE: &str = include_str!("../reference/sample_flights.csv");
/// The configuration under which the figures were made.
const CONFIG: &str = include_str!("../reference/sample_flights.toml");
/// Of the value, or of one unit where it is smaller than that.
const TOLERANCE: f64 = 1e-9;

#[test]
fn every_figure_of_sample_flights_is_what_pandas_and_numpy_say() {
    let world = World::empty();
    world.write("traj.toml", CONFIG);
    world.traj("sample flights --flights 4 --seed 7").exits(0);
    world.traj("index").exits(0);
    world.traj("features").exits(0);

    let mut found: BTreeMap<(String, String), f64> = BTreeMap::new();
    let features = world.features();
    for feature in &features.features {
        for (id, value) in features.flight_id.iter().zip(&feature.values) {
            found.insert((id.clone(), feature.name.clone()), *value);
        }
    }
    for row in world.targets().rows {
        let figures = [
            ("longitude_deg", row.longitude_deg),
            ("latitude_deg", row.latitude_deg),
            ("altitude_m", row.altitude_m.unwrap()),
            ("elapsed_s", row.elapsed_s),
            ("distance_m", row.distance_m),
        ];
        for (column, value) in figures {
            let name = format!("{} {} {column}", row.axis, row.fraction);
            found.insert((row.flight_id.clone(), name), value);
        }
    }

    let mut count = 0;
    for line in REFERENCE.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (flight, name, expected) = (cells[0], cells[1], cells[2].parse::<f64>().unwrap());
        let ours = found.get(&(flight.to_owned(), name.to_owned()));
        let ours = *ours.unwrap_or_else(|| panic!("{flight} has no {name}"));
        let error = (ours - expected).abs() / expected.abs().max(1.0);
        assert!(error <= TOLERANCE, "{flight} {name}: {ours} is not {expected}");
        count += 1;
    }
    // 36 features, and five targets at 19 fractions of time and of distance.
    assert_eq!(count, 4 * (36 + 5 * 19 * 2));
}
