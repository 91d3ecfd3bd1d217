"""Measures `traj features` against its peers, in turn, and prints a table of ratios as Markdown.

    python benches/peers/features.py --flights FOLDER [--repeats 3] [--traj target/release/traj]

Each repeat runs every engine once, one after the other, each as a process of its own, on files
that the page cache holds; the figures are medians over the repeats, of whole processes: start-up,
reading, writing. --python is an interpreter with numpy, pandas, dask, polars and duckdb.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PEERS = ["dask", "polars-file", "polars-streaming", "duckdb"]
AGGREGATES = 'features.aggregates=["mean","min","max","std","first","last"]'


def run(command, folder, **environment):
    """Wall and processor seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, **environment})
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(traj, folder, level):
    for table in (folder / "data-index").glob("[fctr]*.parquet"):
        if table.name != "catalog.parquet":
            table.unlink()
    vectors = {"TRAJ_SIMD": level} if level else {}
    return run([traj, "features", "--jobs", "2", "--set", AGGREGATES], folder, **vectors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--flights", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--traj", type=Path, default=HERE.parents[1] / "target/release/traj")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--levels", default="", help="of SIMD, such as avx512,avx2,portable")
    args = parser.parse_args()
    flights, traj = args.flights.resolve(), args.traj.resolve()
    size = sum(path.stat().st_size for path in flights.glob("*.csv"))
    levels = args.levels.split(",") if args.levels else [""]
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run([traj, "init", flights], folder)
        run([traj, "index"], folder)
        for _ in range(args.repeats):
            for level in levels:
                name = f"traj {level}".strip()
                times.setdefault(name, []).append(ours(traj, folder, level))
            for peer in PEERS:
                command = [args.python, HERE.resolve() / "features_peers.py", "--engine", peer]
                took = run([*command, flights], folder, POLARS_MAX_THREADS="2")
                times.setdefault(peer, []).append(took)
            print(json.dumps(times), file=sys.stderr)
    first = [median(column) for column in zip(*times[f"traj {levels[0]}".strip()])]
    print("| engine | wall | processor | GB/s a core | times our wall | times our processor |")
    print("|---|---|---|---|---|---|")
    for name, runs in times.items():
        wall, cpu = (median(column) for column in zip(*runs))
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {size / cpu / 1e9:.2f} "
              f"| {wall / first[0]:.1f} | {cpu / first[1]:.1f} |")


if __name__ == "__main__":
    main()
