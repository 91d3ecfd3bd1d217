//! Tests of the records: what is written is read back, and no bytes do harm.

use proptest::prelude::*;

use super::record::{self, Outcome, Record, file, parse, selected};
use crate::flight::{FlightSummary, Prefix, Refusal, TargetPoint};
use crate::tables::{CatalogRow, Cleaning, RejectCode};

fn row() -> CatalogRow {
    CatalogRow {
        flight_id: "A".to_owned(),
        path: "folder/Ä.csv".to_owned(),
        bytes: 1 << 40,
        mtime_ns: -5,
        source: "radar".to_owned(),
        origin: None,
        destination: None,
        callsign: None,
        aircraft_type: None,
        start_time_us: None,
        end_time_us: None,
        duration_s: None,
        time_exact: false,
        rows_estimate: 0,
    }
}

const FRACTIONS: [f64; 2] = [0.25, 0.5];

fn any_flight() -> impl Strategy<Value = FlightSummary> {
    let floats = prop::collection::vec(any::<f64>(), 26);
    let counts = prop::collection::vec(any::<u64>(), 10);
    let values = prop::collection::vec(any::<f64>(), 0..5);
    let flags = prop::collection::vec(any::<bool>(), 6);
    (floats, counts, values, flags, any::<[i64; 2]>()).prop_map(|(f, n, aggregates, b, t)| {
        let point = |at: usize| TargetPoint {
            fraction: FRACTIONS[at % 2],
            longitude_deg: f[5 * at],
            latitude_deg: f[5 * at + 1],
            altitude_m: b[at].then_some(f[5 * at + 2]),
            elapsed_s: f[5 * at + 3],
            distance_m: f[5 * at + 4],
        };
        FlightSummary {
            start_us: t[0],
            end_us: t[1],
            has_calendar: b[4],
            duration_s: f[20],
            distance_m: f[21],
            prefixes: (0..n[0] % 3)
                .map(|at| {
                    let state = std::array::from_fn(|slot| f[slot + at as usize]);
                    b[at as usize].then(|| Prefix { aggregates: aggregates.clone(), state })
                })
                .collect(),
            aggregates,
            along_time: vec![point(0), point(1)],
            along_distance: vec![point(2), point(3)],
            cleaning: Cleaning {
                rows: n[0],
                kept_rows: n[1],
                out_of_order_rows: n[2],
                repeated_times: n[3],
                midnight_steps: n[4],
                rows_without_time: n[5],
                rows_without_position: n[6],
                missing_cells: n[7],
                cells: n[8],
                repeated_headers: n[9],
                truncated_last_line: b[5],
                max_gap_s: f[22],
            },
        }
    })
}

fn any_refusal() -> impl Strategy<Value = Refusal> {
    let code = prop::sample::select(RejectCode::ALL);
    (code, any::<Option<u64>>(), any::<Option<String>>(), any::<String>()).prop_map(
        |(code, line, column, message)| Refusal { code, line, column, message, cell: None },
    )
}

fn read_back(body: &[u8]) -> Option<Outcome> {
    match parse(body)? {
        Record::File { path, bytes, mtime_ns, key, outcome, is_refused } => {
            assert_eq!((path, bytes, mtime_ns), ("folder/Ä.csv", 1 << 40, -5));
            assert_eq!(key, [9; 16]);
            record::outcome(outcome, is_refused, &FRACTIONS)
        }
        _ => None,
    }
}

proptest! {
    #[test]
    fn a_flight_is_read_back_to_the_last_bit(flight in any_flight()) {
        let body = file(&row(), &[9; 16], &Ok(flight.clone()));
        let back = read_back(&body).unwrap();
        // Bytes again, since a NaN is no equal of itself.
        prop_assert_eq!(file(&row(), &[9; 16], &back), body.clone());
        prop_assert_eq!(format!("{back:?}"), format!("{:?}", Outcome::Ok(flight)));
        prop_assert!(read_back(&body[..body.len() - 1]).is_none());
        prop_assert!(read_back(&[&body[..], &[0]].concat()).is_none());
    }

    #[test]
    fn a_refusal_is_read_back_but_for_its_cell(refusal in any_refusal()) {
        let mut seen = refusal.clone();
        seen.cell = Some("secret".to_owned());
        let body = file(&row(), &[9; 16], &Err(seen));
        prop_assert_eq!(read_back(&body), Some(Err(refusal)));
    }

    #[test]
    fn no_bytes_make_a_parser_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in *b"SCFR" {
            let body = [&[kind], &body[..]].concat();
            if let Some(Record::File { outcome, is_refused, .. }) = parse(&body) {
                let _ = record::outcome(outcome, is_refused, &FRACTIONS);
            }
        }
    }
}

#[test]
fn a_selection_is_read_back() {
    let body = selected("run", &[0, 7, 44_263]);
    let expected = Record::Selected { of: "run", rows: vec![0, 7, 44_263] };
    assert_eq!(parse(&body), Some(expected));
}
