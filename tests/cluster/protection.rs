//! Who may talk to whom.

use std::fs;
use std::process::Command;

use crate::services::{Cluster, Service, assert_same, expected_of_long_world, long_world, tables};
use crate::world::{TRAJ, World};

#[test]
fn what_leaves_this_machine_is_protected_or_said_to_be_open() {
    let world = long_world();
    for command in [
        "scheduler --bind 0.0.0.0:0",
        "worker --scheduler 192.0.2.1:50050",
        "features --engine ballista://192.0.2.1",
        "train --engine ballista://192.0.2.1",
    ] {
        let ran = world.traj(command).exits(2);
        assert!(ran.stderr.contains("would be neither encrypted nor authenticated"), "{ran}");
        assert!(ran.stderr.contains("--tls-ca") && ran.stderr.contains("--insecure"), "{ran}");
    }
    let open = Service::start(&world, TRAJ, "scheduler --bind 0.0.0.0:0 --insecure");
    open.hears("scheduler at 0.0.0.0:");
    assert!(open.said().contains("open to everybody who can reach it"), "{}", open.said());
}

#[test]
fn options_of_a_cluster_that_nothing_would_obey_are_refused() {
    let world = long_world();
    for options in ["--shared there", "--insecure", "--shard 1/2 --out p --engine ballista://a"] {
        world.traj(&format!("features {options}")).exits(2);
    }
    for option in ["--engine ballista://a", "--shared there", "--insecure"] {
        let ran = world.traj(&format!("features --dry-run {option}")).exits(2);
        assert!(ran.stderr.contains("cannot be used with"), "{ran}");
    }
    let ran = world.traj("train --tune --engine ballista://127.0.0.1").exits(2);
    assert!(ran.stderr.contains("tune first, without --engine"), "{ran}");
    world.traj("scheduler --tls-ca ca.pem").exits(2);
    let tls = "--tls-ca traj.toml --tls-cert traj.toml --tls-key traj.toml";
    let ran = world.traj(&format!("scheduler {tls}")).exits(2);
    assert!(ran.stderr.contains("cannot use traj.toml for TLS: it holds no PEM block"), "{ran}");
}

/// Makes an authority, and a certificate of its for this machine; false where there is no
/// openssl.
fn certify(world: &World, authority: &str) -> bool {
    let openssl = |words: &str| {
        let words = words.split_whitespace();
        Command::new("openssl").args(words).current_dir(world.path("")).output()
    };
    if openssl("version").is_err() {
        eprintln!("skipped: TLS (needs openssl)");
        return false;
    }
    fs::create_dir_all(world.path(authority)).unwrap();
    world.write(
        format!("{authority}/names"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    );
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for command in [
        format!(
            "req -x509 {key} -days 2 -subj /CN={authority} -keyout {authority}/ca.key -out \
             {authority}/ca.pem"
        ),
        format!("req {key} -subj /CN=node -keyout {authority}/node.key -out {authority}/node.csr"),
        format!(
            "x509 -req -days 2 -in {authority}/node.csr -CA {authority}/ca.pem -CAkey \
             {authority}/ca.key -CAcreateserial -extfile {authority}/names -out \
             {authority}/node.pem"
        ),
    ] {
        let made = openssl(&command).unwrap();
        assert!(made.status.success(), "{command}: {}", String::from_utf8_lossy(&made.stderr));
    }
    true
}

/// The options of who is certified by an authority and trusts another.
fn tls(trusted: &str, own: &str) -> String {
    format!("--tls-ca {trusted}/ca.pem --tls-cert {own}/node.pem --tls-key {own}/node.key")
}

#[test]
fn with_tls_only_those_whom_the_authority_vouches_for_get_in() {
    let (world, expected) = (long_world(), expected_of_long_world());
    if !certify(&world, "ours") || !certify(&world, "theirs") {
        return;
    }
    let ours = tls("ours", "ours");
    let scheduler = Service::start(&world, TRAJ, &format!("scheduler --bind 127.0.0.1:0 {ours}"));
    let address = scheduler.hears("scheduler at ").split(',').next().unwrap().to_owned();
    let words = format!("worker --scheduler {address} --jobs 1 {ours}");
    let workers = vec![Service::start(&world, TRAJ, &words)];
    let cluster = Cluster { scheduler, workers, address };
    cluster.await_workers(1);
    let features = format!("features {}", cluster.engine());
    for (stranger, tls) in [
        ("no certificate", String::new()),
        ("a certificate of others", tls("ours", "theirs")),
        ("trust in others", tls("theirs", "ours")),
    ] {
        let ran = world.traj(&format!("{features} {tls}"));
        assert_eq!(ran.code, 1, "{stranger}: {ran}");
        assert!(ran.stderr.contains("no scheduler answers at"), "{stranger}: {ran}");
    }
    world.traj(&format!("{features} {ours}")).exits(0);
    assert_same(&tables(&world, "data-index"), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_listens_nowhere_and_a_scheduler_at_one_place() {
    let world = long_world();
    let cluster = Cluster::start(&world, 1);
    assert_eq!(listening(cluster.workers[0].id()), 0);
    assert_eq!(listening(cluster.scheduler.id()), 1);
}

/// How many sockets a process listens at.
#[cfg(target_os = "linux")]
fn listening(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let links: Vec<String> = open
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .map(|link| link.to_string_lossy().into_owned())
        .collect();
    let mut count = 0;
    for table in ["tcp", "tcp6"] {
        let text = fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_listening = words[3] == "0A";
            count += usize::from(is_listening && links.contains(&format!("socket:[{}]", words[9])));
        }
    }
    count
}
