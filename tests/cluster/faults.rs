//! Workers and schedulers that die, and clients that stop.

use std::time::{Duration, Instant};

use crate::services::{Cluster, Service, assert_same, expected_of_long_world, long_world, tables};
use crate::world::{TRAJ, World};

/// Starts `traj features` on a cluster.
fn start(world: &World, cluster: &Cluster) -> Service {
    Service::start(world, TRAJ, &format!("features --progress none {}", cluster.engine()))
}

/// Numbers that look like chance and are the same on every run.
fn chance(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[test]
fn a_worker_that_is_killed_costs_nothing_but_time() {
    let kills = std::env::var("CLUSTER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    let expected = expected_of_long_world();
    let world = long_world();
    let began = Instant::now();
    let cluster = Cluster::start(&world, 2);
    let mut client = start(&world, &cluster);
    assert_eq!(client.ends(), Some(0), "{}", client.said());
    let (undisturbed, mut longest) = (began.elapsed(), Duration::ZERO);
    for kill in 0..kills {
        let world = long_world();
        let began = Instant::now();
        let mut cluster = Cluster::start(&world, 2);
        let mut client = start(&world, &cluster);
        let moment = chance(kill) % (undisturbed.as_millis() as u64);
        std::thread::sleep(Duration::from_millis(moment));
        cluster.workers[0].kill();
        assert_eq!(client.ends(), Some(0), "kill {kill} after {moment} ms: {}", client.said());
        longest = longest.max(began.elapsed());
        assert_same(&tables(&world, "data-index"), expected);
    }
    // For people: machines differ.
    eprintln!("{kills} kills: {undisturbed:.1?} without, at most {longest:.1?} with");
}

#[test]
fn a_scheduler_that_is_killed_is_told_of_and_the_same_command_finishes() {
    let (world, expected) = (long_world(), expected_of_long_world());
    let mut cluster = Cluster::start(&world, 1);
    let mut client = start(&world, &cluster);
    std::thread::sleep(Duration::from_millis(700));
    cluster.scheduler.kill();
    let killed = Instant::now();
    assert_eq!(client.ends(), Some(1), "{}", client.said());
    eprintln!("the client said so after {:.1?}", killed.elapsed());
    let said = client.said();
    assert!(
        said.contains(&format!("the scheduler at {} has not answered", cluster.address)),
        "{said}"
    );
    assert!(said.contains("start the scheduler again"), "{said}");
    // The worker that is still there finds the new one.
    let bind = format!("scheduler --bind {}", cluster.address);
    cluster.scheduler = Service::start(&world, TRAJ, &bind);
    cluster.workers[0].hears("the scheduler answers again");
    world.traj(&format!("features {}", cluster.engine())).exits(0);
    assert_same(&tables(&world, "data-index"), expected);
}

#[test]
fn an_interrupt_ends_the_jobs_and_the_same_command_goes_on() {
    let (world, expected) = (long_world(), expected_of_long_world());
    let cluster = Cluster::start(&world, 1);
    let mut client = start(&world, &cluster);
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(client.stop(), Some(130), "{}", client.said());
    assert!(client.said().contains("the same command goes on"), "{}", client.said());
    let runs = std::fs::read_dir(world.path("data-index/cluster")).unwrap();
    let left: Vec<_> = runs.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["work"]);
    world.traj(&format!("features {}", cluster.engine())).exits(0);
    assert_same(&tables(&world, "data-index"), expected);
}

#[test]
fn without_workers_the_client_says_so_and_waits() {
    let (world, expected) = (long_world(), expected_of_long_world());
    let mut cluster = Cluster::start(&world, 0);
    let mut client = start(&world, &cluster);
    client.hears("no worker is connected; start some with `traj worker");
    cluster.hire(&world);
    assert_eq!(client.ends(), Some(0), "{}", client.said());
    assert_same(&tables(&world, "data-index"), expected);
}
