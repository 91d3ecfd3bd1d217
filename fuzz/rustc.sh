#!/usr/bin/env bash
# RUSTC_WRAPPER for `cargo fuzz`: builds csv-core without instrumentation. Each reader of the csv
# crate makes an automaton, which was two thirds of a run of `reader` when its comparisons counted.
set -euo pipefail
if [[ " $* " != *" --crate-name csv_core "* ]]; then
  exec "$@"
fi
plain=()
for word in "$@"; do
  case $word in
    -Cpasses=sancov* | -Cllvm-args=-sanitizer*) ;;
    *) plain+=("$word") ;;
  esac
done
exec "${plain[@]}"
