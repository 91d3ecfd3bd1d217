//! Any bytes with a right digest are refused or a model file whose estimators all decode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use traj::models::ModelFile;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("traj-fuzz-{}.traj", std::process::id()));
    let digest = Sha256::digest(bytes);
    std::fs::write(&path, [bytes, &digest[..]].concat()).expect("the file is writable");
    if let Ok(mut file) = ModelFile::open(&path) {
        // Whether the estimators are sound is theirs to say; they must not panic.
        let _ = file.verify();
    }
});
