//! The `traj` program: see [`traj::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    traj::cli::main()
}
