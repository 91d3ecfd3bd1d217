"""Does what `traj features` does, with one of its peers, and prints a JSON line.

    python benches/peers/features_peers.py --engine dask|polars-file|polars-streaming|duckdb FOLDER

For each CSV file of the folder: times parsed and checked to ascend; mean, min, max, std, first and
last of 26 columns; and, but for polars-streaming, which only aggregates, five targets at 19
fractions of time and of distance. Two threads, or two processes where threads do not help.
"""

import argparse
import json
import resource
import time
from pathlib import Path

COLUMNS = [
    "longitude", "latitude", "altitude_ft", "geo_altitude_ft", "ground_speed_kt",
    "true_airspeed_kt", "calibrated_airspeed_kt", "mach", "track_deg", "heading_deg",
    "vertical_rate_fpm", "path_angle_deg", "bank_deg", "distance_nmi", "T", "p", "rho", "wind_u",
    "wind_v", "m", "fuel_flow", "thrust", "drag", "lift", "CL", "CD",
]
STATISTICS = ["mean", "min", "max", "std", "first", "last"]


def targets(seconds, longitude, latitude, altitude, distance):
    """Longitude, latitude, altitude, time and distance at 19 fractions along both axes."""
    import numpy as np
    fractions = np.arange(1, 20) / 20
    elapsed = seconds - seconds[0]
    at_times = fractions * elapsed[-1]
    reached = np.maximum.accumulate(distance)
    at_distances = np.interp(fractions * reached[-1], reached, elapsed)
    values = [longitude, latitude, altitude, elapsed, distance]
    along = [np.interp(at, elapsed, value) for at in (at_times, at_distances) for value in values]
    return np.concatenate(along)


def with_pandas(path):
    import numpy as np
    import pandas as pd
    flight = pd.read_csv(path)
    times = pd.to_datetime(flight["timestamp"], format="ISO8601", utc=True)
    if not times.is_monotonic_increasing:
        raise SystemExit(f"{path} is out of order")
    seconds = (times - times.iloc[0]).dt.total_seconds().to_numpy()
    aggregates = flight[COLUMNS].agg(["mean", "min", "max", "std"]).to_numpy().ravel()
    ends = flight[COLUMNS].iloc[[0, -1]].to_numpy().ravel()
    roles = (flight[c].to_numpy() for c in COLUMNS[:3] + ["distance_nmi"])
    return np.concatenate([aggregates, ends, targets(seconds, *roles)])


def with_polars(path):
    import numpy as np
    import polars as pl
    flight = pl.read_csv(path)
    times = flight["timestamp"].str.to_datetime(time_zone="UTC")
    if not times.is_sorted():
        raise SystemExit(f"{path} is out of order")
    seconds = (times - times[0]).dt.total_microseconds().to_numpy() / 1e6
    aggregates = flight.select(polars_aggregates(pl)).to_numpy().ravel()
    roles = (flight[c].to_numpy() for c in COLUMNS[:3] + ["distance_nmi"])
    return np.concatenate([aggregates, targets(seconds, *roles)])


def polars_aggregates(pl):
    return [getattr(pl.col(c), s)().alias(f"{c}_{s}") for c in COLUMNS for s in STATISTICS]


def dask(files):
    import dask
    import numpy as np
    parts = [dask.delayed(lambda part: [with_pandas(f) for f in part])(files[i : i + 50])
             for i in range(0, len(files), 50)]
    rows = dask.compute(*parts, scheduler="processes", num_workers=2)
    return np.array([row for part in rows for row in part])


def polars_file(files):
    import numpy as np
    return np.array([with_polars(path) for path in files])


def polars_streaming(files):
    import polars as pl
    time_ascends = pl.col("timestamp").str.to_datetime(time_zone="UTC").is_sorted()
    scan = pl.scan_csv(files, include_file_paths="path").group_by("path")
    frame = scan.agg([*polars_aggregates(pl), time_ascends.alias("ascends")])
    frame = frame.collect(engine="streaming")
    assert frame["ascends"].all()
    return frame.drop("path", "ascends").to_numpy()


def duckdb(files):
    import duckdb as db
    import numpy as np
    connection = db.connect()
    connection.execute("SET threads = 2")
    names = {"std": "stddev_samp", "mean": "avg"}
    of = lambda column, statistic: (
        f"arg_{'min' if statistic == 'first' else 'max'}({column}, timestamp)"
        if statistic in ("first", "last") else f"{names.get(statistic, statistic)}({column})")
    aggregates = ", ".join(of(f'"{c}"', s) for c in COLUMNS for s in STATISTICS)
    lists = ", ".join(f'list("{c}" ORDER BY timestamp)' for c in COLUMNS[:3] + ["distance_nmi"])
    rows = connection.execute(
        f"SELECT {aggregates}, list(epoch(timestamp) ORDER BY timestamp), {lists} "
        "FROM read_csv($files, filename = true) GROUP BY filename", {"files": files}
    ).fetchall()
    return np.array([list(row[:-5]) + list(targets(*map(np.array, row[-5:]))) for row in rows])


ENGINES = {"dask": dask, "polars-file": polars_file, "polars-streaming": polars_streaming,
           "duckdb": duckdb}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    args = parser.parse_args()
    files = sorted(str(path) for path in args.folder.glob("*.csv"))
    start = time.perf_counter()
    table = ENGINES[args.engine](files)
    wall = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in used)
    print(json.dumps({"engine": args.engine, "flights": len(table), "figures": table.shape[1],
                      "wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}))


if __name__ == "__main__":
    main()
