//! Workers that are not what they should be.

use std::path::PathBuf;

use traj::cluster::{ClusterError, Link, WorkerSettings, work};
use traj::problem::Problem as _;
use traj::progress::Silent;

use crate::services::{Cluster, Service, assert_same, expected_of_long_world, long_world, tables};
use crate::world::{TRAJ, files_below};

#[test]
fn a_worker_of_another_version_is_refused_with_a_sentence() {
    let world = long_world();
    let cluster = Cluster::start(&world, 0);
    let settings = WorkerSettings {
        link: Link {
            scheduler: cluster.address.parse().unwrap(),
            tls: None,
            shared: world.path("data-index/cluster"),
        },
        data: world.path(""),
        threads: 1,
        name: "stranger".to_owned(),
        release: "9.9.9".to_owned(),
    };
    let refused = work(&settings, &Silent).unwrap_err();
    assert!(matches!(refused, ClusterError::OtherVersion(_)), "{refused}");
    let ours = env!("CARGO_PKG_VERSION");
    assert_eq!(refused.to_string(), format!("the scheduler is traj {ours}, this is traj 9.9.9"));
    assert!(refused.hint().unwrap().contains("the same version"));
    assert_eq!(cluster.scheduler.count("worker "), 0);
    // Its folder is gone with it.
    assert_eq!(files_below(&world.path("data-index/cluster")), Vec::<PathBuf>::new());
}

#[test]
fn a_worker_with_other_flights_spoils_nothing() {
    let (world, expected) = (long_world(), expected_of_long_world());
    world.traj("features").exits(0);
    world.write("elsewhere/nothing.txt", "no flight is here");
    let mut cluster = Cluster::start(&world, 0);
    let words = format!("worker --scheduler {} --jobs 1 --data elsewhere", cluster.address);
    cluster.workers.push(Service::start(&world, TRAJ, &words));
    cluster.await_workers(1);
    // Other settings, so that there is something to read.
    let settings = "--set features.min_rows=3";
    let ran = world.traj(&format!("features {settings} {}", cluster.engine())).exits(4);
    assert!(ran.stderr.contains("sent"), "{ran}");
    assert!(ran.stderr.contains("read here, it is another"), "{ran}");
    assert!(ran.stderr.contains("the tables are as they were"), "{ran}");
    assert_same(&tables(&world, "data-index"), expected);
    assert!(!world.path("data-index/checkpoint").exists());
    world.traj(&format!("features {settings}")).exits(0);
}

#[test]
fn a_worker_needs_its_folder_and_a_client_its_scheduler() {
    let world = long_world();
    let ran = world.traj("worker --data nowhere").exits(1);
    assert!(ran.stderr.contains("cannot use nowhere"), "{ran}");
    let ran = world.traj("features --engine ballista://127.0.0.1:9").exits(1);
    assert!(ran.stderr.contains("no scheduler answers at 127.0.0.1:9"), "{ran}");
    assert!(ran.stderr.contains("start `traj scheduler` there"), "{ran}");
}
