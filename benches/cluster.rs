//! What a cluster does before it reads: writing shards and planning jobs, for the flights of an
//! archive and for a million, over shard sizes.
//!
//!     cargo bench --features cluster --bench cluster

#![expect(clippy::print_stdout, reason = "a bench reports")]

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use traj::cluster::{Link, SchedulerSettings, Sizes, planning_cost, schedule};
use traj::config::{Layer, Loaded};
use traj::progress::Progress;
use traj::tables::CatalogRow;

/// Hears where the scheduler is, and stops it at the end.
#[derive(Default)]
struct Ear {
    address: Mutex<Option<String>>,
    is_over: AtomicBool,
}

impl Progress for Ear {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn reject(&self, _: &str, _: &dyn fmt::Display, _: Option<&str>) {}
    fn note(&self, message: &str) {
        let found = message.strip_prefix("scheduler at ").and_then(|rest| rest.split(',').next());
        if let Some(address) = found {
            *self.address.lock().expect("nobody panics") = Some(address.to_owned());
        }
    }
    fn stopped(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

const CONFIG: &str = r#"
[[source]]
name = "flights"
[source.columns]
time = "timestamp"
longitude = "longitude"
latitude = "latitude"
"#;

fn row(number: usize) -> CatalogRow {
    CatalogRow {
        flight_id: format!("LEMD-LEBL_IBE{number}"),
        path: format!("2024/03/LEMD-LEBL_IBE{number}_A320_20240301T062740.csv"),
        bytes: 2_300_000,
        mtime_ns: 1_700_000_000_000_000_000 + number as i64,
        source: "flights".to_owned(),
        ..CatalogRow::default()
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let ear = Arc::new(Ear::default());
    let bind = "127.0.0.1:0".parse().expect("an address");
    let shared = folder.path().to_owned();
    let settings = SchedulerSettings { bind, tls: None, shared: shared.clone() };
    let scheduler = {
        let ear = ear.clone();
        std::thread::spawn(move || schedule(&settings, false, &*ear))
    };
    let address = loop {
        if let Some(address) = ear.address.lock().expect("nobody panics").clone() {
            break address;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let link = Link { scheduler: address.parse().expect("an address"), tls: None, shared };
    let layer = Layer::parse("bench", CONFIG).expect("TOML");
    let loaded = Loaded::new(vec![layer], None).expect("a configuration");

    println!(
        "flights    to a shard  shards to a job  jobs   tasks  handing over s  planning s  us a flight"
    );
    for count in [44_264, 1_000_000] {
        let rows: Vec<CatalogRow> = (0..count).map(row).collect();
        let flights: Vec<&CatalogRow> = rows.iter().collect();
        for (rows_to_a_shard, shards_to_a_job) in
            [(64, 16), (256, 16), (1024, 16), (64, 256), (256, 10_000)]
        {
            let sizes = Sizes { rows_to_a_shard, shards_to_a_job, may_vary: false };
            let cost = planning_cost(&link, &loaded, &flights, sizes).expect("jobs are planned");
            let us = 1e6 * (cost.handing_over_s + cost.planning_s) / count as f64;
            println!(
                "{count:<10} {rows_to_a_shard:<11} {shards_to_a_job:<16} {:<6} {:<6} {:<15.2} {:<11.2} {us:.1}",
                cost.jobs, cost.tasks, cost.handing_over_s, cost.planning_s
            );
        }
    }
    ear.is_over.store(true, Ordering::Relaxed);
    scheduler.join().expect("no panic").expect("the scheduler ends well");
}
