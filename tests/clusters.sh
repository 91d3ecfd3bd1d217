#!/usr/bin/env bash
# Runs the examples of docs/clusters.md, as they stand there, on sample flights: what they merge
# must be the bytes of one machine.
#
#     tests/clusters.sh target/release/traj [python]
set -euo pipefail
program=$(realpath "$1")
python=${2:-python3}
docs=$(realpath "$(dirname "$0")/../docs/clusters.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/traj"
export PATH="$work/bin:$PATH"
cd "$work"

# The code of the docs whose first line begins with these words.
example() {
  awk -v first="# $1" '
    /^```/ { inside = !inside; begins = inside; wanted = 0; next }
    inside && begins { wanted = index($0, first) == 1; begins = 0 }
    inside && wanted' "$docs"
}

# Digests of all that does not hold timings.
digests() {
  find data-index models -name '*.parquet' -o -name '*.traj' -o -name '*.toml' | sort | xargs sha256sum
}

traj sample flights --flights 24 --pairs LEMD-LEBL,LEBL-LEMD --dirty --quiet
traj init flights --quiet
cat >> traj.toml <<'SETTINGS'

[targets]
fractions = [0.25, 0.5, 0.75]

[train]
models = ["forest", "forest-path", "od-median"]
folds = 2

[forest]
trees = 5
SETTINGS
traj index --quiet || [ $? -eq 3 ]
cp -r data-index indexed
traj features --quiet || [ $? -eq 3 ]
traj train --quiet
digests > one-machine

start_over() {
  rm -rf data-index models parts fits
  cp -r indexed data-index
}

compare() {
  digests | diff one-machine - || { echo "$1: not the bytes of one machine" >&2; exit 1; }
  echo "$1: the bytes of one machine"
}

if command -v parallel > /dev/null; then
  start_over
  example "GNU parallel" > example.sh
  test -s example.sh
  sh -e example.sh > parallel.log
  compare "GNU parallel"
else
  echo "skipped: GNU parallel (Debian: apt-get install parallel)"
fi

if "$python" -c 'import dask.distributed' 2> /dev/null; then
  start_over
  example "Dask" > example.py
  test -s example.py
  "$python" example.py > dask.log
  compare "Dask"
else
  echo "skipped: Dask (pip install 'dask[distributed]')"
fi
