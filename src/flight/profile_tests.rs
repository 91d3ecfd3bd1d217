//! Profiles: every way of reading gives the same, and they agree with the targets.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::profile::reach;
use super::*;
use crate::simd;
use crate::units::MICROSECONDS;

fn source() -> Source {
    Source::compile(&SourceConfig {
        name: "test".to_owned(),
        file_name: None,
        timezone: None,
        dialect: Dialect::default(),
        columns: RoleColumns {
            time: "time".to_owned(),
            longitude: "lon".to_owned(),
            latitude: "lat".to_owned(),
            altitude: Some("alt".to_owned()),
            ..RoleColumns::default()
        },
        units: [("time".to_owned(), "elapsed-s".to_owned())].into(),
    })
    .unwrap()
}

fn recipe(fractions: &[f64]) -> Recipe {
    Recipe {
        variables: ["longitude", "altitude", "fuel", "x"].map(str::to_owned).to_vec(),
        aggregates: Vec::new(),
        fractions: fractions.to_vec(),
        elapsed_s: Vec::new(),
        limits: Limits { min_rows: 2, max_rows: 5000, min_completeness: 0.0, max_duration_s: 1e9 },
    }
}

const AXES: [Along; 3] = [Along::Time, Along::Distance, Along::Variable(2)];
const FRACTIONS: [f64; 5] = [0.0, 0.25, 0.5, 0.9, 1.0];

/// The text of a flight whose rows are so many seconds apart; some cells may be missing.
fn text(rows: &[(u32, f64, bool)]) -> String {
    let mut text = "time,lon,lat,alt,fuel,x\n".to_owned();
    let (mut time, mut lon) = (0, 0.0);
    for (step, speed, has_x) in rows {
        time += step;
        lon += speed * f64::from(*step);
        let x = if *has_x { format!("{:.4}", (lon * 10.0).sin()) } else { String::new() };
        let fuel = 5000.0 - f64::from(time);
        let _ = writeln!(text, "{time},{lon:.6},40,{},{fuel},{x}", time * 3);
    }
    text
}

fn write(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flight.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_way_of_reading_gives_the_same_bits_and_the_positions_of_the_targets(
        rows in prop::collection::vec((1_u32..40, 1e-5..2e-3, any::<bool>()), 2..200),
        swap in any::<prop::sample::Index>(),
    ) {
        let in_order = text(&rows);
        let mut lines: Vec<&str> = in_order.lines().collect();
        let at = 1 + swap.index(lines.len() - 1);
        let moved = lines.remove(at);
        lines.push(moved);
        let (_folder, path) = write(&in_order);
        let (_other, disordered) = write(&lines.join("\n"));
        let (source, recipe) = (source(), recipe(&FRACTIONS));
        let found = profiles(&path, &source, &recipe, &AXES, &FRACTIONS).unwrap();
        for (reading, path, most_kept) in [
            (Reading::Plain, &path, usize::MAX),
            (Reading::Fast(simd::level()), &path, 0),
            (Reading::Fast(simd::level()), &path, 10),
            (Reading::Plain, &disordered, usize::MAX),
            (Reading::Fast(simd::level()), &disordered, 0),
        ] {
            let axes = (&AXES[..], &FRACTIONS[..]);
            let other = profiles_by(reading, path, &source, &recipe, axes, most_kept).unwrap();
            prop_assert_eq!(format!("{other:?}"), format!("{found:?}"));
        }
        let summary = summarise(&path, &source, &recipe).unwrap();
        for (profile, targets) in
            found.along.iter().flatten().zip([&summary.along_time, &summary.along_distance])
        {
            for (at, target) in targets.iter().enumerate() {
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
                prop_assert!(close(profile.elapsed_s[at], target.elapsed_s));
                prop_assert!(close(profile.distance_m[at], target.distance_m));
                prop_assert!(close(profile.values[0][at], target.longitude_deg));
                prop_assert!(close(profile.values[1][at], target.altitude_m.unwrap()));
            }
        }
        // Fuel falls evenly in time, so that both axes are one.
        let [time, _, fuel] = &found.along[..] else { unreachable!() };
        let (time, fuel) = (time.as_ref().unwrap(), fuel.as_ref().unwrap());
        for (a, b) in time.elapsed_s.iter().zip(&fuel.elapsed_s) {
            prop_assert!((a - b).abs() < 1e-6, "{} {}", a, b);
        }
        prop_assert_eq!(fuel.backward, 0.0);
    }
}

#[test]
fn an_axis_that_steps_back_is_followed_by_its_maximum_and_says_how_much_it_does() {
    let times: Vec<i64> = (0..5).map(|s| s * MICROSECONDS).collect();
    // Up 4, back 2, up 6, back 0: two of twelve run backward.
    let values = [10.0, 14.0, 12.0, 18.0, 18.0];
    let reached = reach(&times, &values, 0, &[0.0, 0.25, 0.5, 0.75, 1.0]).unwrap();
    let seconds: Vec<f64> = reached.elapsed_us.iter().map(|us| us / 1e6).collect();
    assert_eq!(seconds, [0.0, 0.5, 1.0, 2.5, 3.0]);
    assert_eq!(reached.backward, 2.0 / 12.0);
    let falling: Vec<f64> = values.iter().map(|value| -value).collect();
    assert_eq!(reach(&times, &falling, 0, &[0.5]).unwrap().elapsed_us, [1e6]);
    for still in [&[3.0; 5][..], &[][..], &[5.0]] {
        assert!(reach(&times, still, 0, &[0.5]).is_none());
    }
}
