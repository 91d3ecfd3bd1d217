//! Whatever is in a checkpoint, its whole records are found again, and nothing else is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<&[u8]>, &[u8])| {
    let (bodies, tail) = input;
    let name = format!("traj-fuzz-{}.checkpoint", std::process::id());
    traj::features::fuzzing::reopen_checkpoint(&std::env::temp_dir().join(name), &bodies, tail);
});
