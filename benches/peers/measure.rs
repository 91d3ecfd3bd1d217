//! A *measurement* is what a piece of work took: wall clock, processor time and memory.
//! `forest` wraps each fit and prediction in one.
//!
//! Processor time and memory come from `/proc`, so they are null elsewhere than on Linux.

use std::time::Instant;

use serde_json::{Value, json};

/// The kernel counts processor time for `/proc` in hundredths of a second on every
/// architecture (`USER_HZ`).
const TICKS_PER_S: f64 = 100.0;

/// Does the work and returns what it made with `wall_s`, `cpu_s` (of all threads),
/// `start_mib` (resident before) and `peak_mib` (the most that was resident meanwhile).
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Value) {
    // Forgets the peak so far, where the kernel lets us; the peak is the process's otherwise.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let start_mib = status_mib("VmRSS:");
    let (cpu_start_s, start) = (cpu_s(), Instant::now());
    let made = work();
    let wall_s = start.elapsed().as_secs_f64();
    let cpu_s = cpu_s().zip(cpu_start_s).map(|(end, start)| end - start);
    let took = json!({
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "start_mib": start_mib,
        "peak_mib": status_mib("VmHWM:"),
    });
    (made, took)
}

/// User and system time of the process: fields 14 and 15, counted after the name of the
/// program, which is in brackets and may hold blanks.
fn cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some((ticks(14)? + ticks(15)?) / TICKS_PER_S)
}

fn status_mib(key: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}
