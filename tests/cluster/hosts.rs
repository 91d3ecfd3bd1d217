//! Several hosts: network namespaces with addresses of their own, one of which is cut off.

use std::process::Command;
use std::time::Duration;

use crate::services::{Service, assert_same, expected_of_long_world, long_world, tables};
use crate::world::TRAJ;

/// Three hosts on one wire, gone when it is dropped. Their names are this process's own.
struct Hosts {
    names: [String; 3],
    bridge: String,
}

fn ip(words: &str) -> bool {
    let ran = Command::new("ip").args(words.split_whitespace()).output();
    ran.is_ok_and(|ran| ran.status.success())
}

impl Hosts {
    /// None where they cannot be made: that takes Linux, root and `ip`.
    fn new() -> Option<Self> {
        let id = std::process::id() % 100_000;
        let names = ["a", "b", "c"].map(|host| format!("traj{id}{host}"));
        let hosts = Self { names, bridge: format!("traj{id}") };
        let bridge = &hosts.bridge;
        let mut is_made = ip(&format!("link add {bridge} type bridge"));
        is_made &= ip(&format!("link set {bridge} up"));
        for (number, name) in hosts.names.iter().enumerate() {
            let address = Self::address(number);
            for command in [
                format!("netns add {name}"),
                format!("link add {name} type veth peer name eth0 netns {name}"),
                format!("link set {name} master {bridge}"),
                format!("link set {name} up"),
                format!("-n {name} addr add {address}/24 dev eth0"),
                format!("-n {name} link set eth0 up"),
                format!("-n {name} link set lo up"),
            ] {
                is_made &= ip(&command);
            }
        }
        is_made.then_some(hosts)
    }

    fn address(number: usize) -> String {
        format!("10.77.13.{}", number + 1)
    }

    /// Starts traj on a host.
    fn start(&self, world: &crate::world::World, number: usize, words: &str) -> Service {
        let name = &self.names[number];
        Service::start(world, "ip", &format!("netns exec {name} {TRAJ} {words}"))
    }

    fn cut_off(&self, number: usize) {
        assert!(ip(&format!("link set {} down", self.names[number])));
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&format!("netns del {name}"));
            ip(&format!("link del {name}"));
        }
        ip(&format!("link del {}", self.bridge));
    }
}

#[test]
fn a_host_that_is_cut_off_costs_nothing_but_time() {
    let Some(hosts) = Hosts::new() else {
        eprintln!("skipped: several hosts (needs Linux, root and iproute2)");
        return;
    };
    let (world, expected) = (long_world(), expected_of_long_world());
    let at = format!("{}:50050", Hosts::address(0));
    let scheduler = hosts.start(&world, 0, &format!("scheduler --bind {at} --insecure"));
    scheduler.hears("scheduler at ");
    let worker = format!("worker --scheduler {at} --jobs 1 --insecure");
    let workers = [hosts.start(&world, 1, &worker), hosts.start(&world, 2, &worker)];
    for worker in &workers {
        worker.hears("worker ");
    }
    let mut client = hosts.start(
        &world,
        0,
        &format!("features --progress none --insecure --engine ballista://{at}"),
    );
    std::thread::sleep(Duration::from_millis(800));
    hosts.cut_off(2);
    assert_eq!(client.ends(), Some(0), "{}", client.said());
    assert_same(&tables(&world, "data-index"), expected);
}
