#!/usr/bin/env python3
"""Aggregates and targets of flights, by pandas and numpy, to hold traj's against.

    flights.py write traj.toml OUT.csv      the reference figures of the flights in data.root
    flights.py compare traj.toml DATA-INDEX the same, held against features and targets there

Reads the same traj.toml as traj does: one [[source]] whose files are plain CSV. Needs
numpy, pandas 3 (whose default parser rounds correctly), and pyarrow for `compare`.
"""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

EARTH_RADIUS_M = 6_371_008.8
TO_BASE = {"ft": 0.3048, "FL": 30.48, "m": 1.0, "nmi": 1852.0, "deg": 1.0}
FRACTIONS = [round(0.05 * i, 2) for i in range(1, 20)]
AGGREGATES = ["mean", "min", "max", "std", "first", "last"]
TOLERANCE = 1e-9


def read(path, source):
    """One flight, cleaned as the design says: a frame indexed by time in seconds."""
    columns, units = source["columns"], source.get("units", {})
    raw = pd.read_csv(path)
    if units.get("time", "iso8601") == "iso8601":
        stamps = pd.to_datetime(raw[columns["time"]], utc=True, format="ISO8601")
        time_us = stamps.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    else:
        time_us = (raw[columns["time"]] * 1e6).round().astype(np.int64).to_numpy()
    time_us = with_days_added(time_us)
    frame = raw.copy()
    for role in ["longitude", "latitude", "altitude", "distance"]:
        if role in columns:
            frame[role] = raw[columns[role]] * TO_BASE[units.get(role, "deg" if role in ("longitude", "latitude") else "m")]
    frame["time_us"] = time_us
    frame = frame.sort_values("time_us", kind="stable").drop_duplicates("time_us", keep="first")
    longitude = frame["longitude"].to_numpy()
    frame["longitude"] = np.degrees(np.unwrap(np.radians(longitude))) if crosses(longitude) else longitude
    return frame.reset_index(drop=True)


def crosses(longitude):
    return np.abs(np.diff(longitude)).max(initial=0) > 180


def with_days_added(time_us):
    """A step back of 20 to 25 hours is a date that was not advanced."""
    hour, added, last, out = 3_600_000_000, 0, None, []
    for raw in time_us:
        time = raw + added
        if last is not None and 20 * hour <= last - time <= 25 * hour:
            added, time = added + 24 * hour, time + 24 * hour
        elif last is not None and added > 0 and time - last >= 20 * hour:
            added, time = added - 24 * hour, time - 24 * hour
        last = time
        out.append(time)
    return np.array(out)


def haversine_m(lon1, lat1, lon2, lat2):
    lon1, lat1, lon2, lat2 = map(np.radians, (lon1, lat1, lon2, lat2))
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1, np.sqrt(h)))


def features(frame, variables):
    out = {}
    for variable in variables:
        values = frame[variable].dropna() if variable in frame else pd.Series(dtype=float)
        for aggregate in AGGREGATES:
            if values.empty:
                figure = np.nan
            elif aggregate in ("first", "last"):
                figure = values.iloc[0 if aggregate == "first" else -1]
            else:
                figure = getattr(values, aggregate)()
            out[f"{variable}_{aggregate}"] = figure
    return out


def targets(frame):
    """Rows (axis, fraction) of longitude, latitude, altitude, elapsed, distance."""
    kept = frame.dropna(subset=["longitude", "latitude"])
    elapsed = (kept["time_us"] - kept["time_us"].iloc[0]).to_numpy() / 1e6
    lon, lat = kept["longitude"].to_numpy(), kept["latitude"].to_numpy()
    if "distance" in kept and kept["distance"].notna().sum() >= 2:
        known = kept["distance"].notna().to_numpy()
        recorded = kept["distance"].to_numpy()[known]
        distance = np.interp(elapsed, elapsed[known], recorded - recorded[0])
    else:
        steps = haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
        distance = np.concatenate([[0.0], np.cumsum(steps)])
    if "altitude" in frame and frame["altitude"].notna().any():
        known = frame["altitude"].notna()
        since = (frame["time_us"][known] - kept["time_us"].iloc[0]).to_numpy() / 1e6
        altitudes = frame["altitude"][known].to_numpy()
        altitude = lambda t: np.interp(t, since, altitudes)
    else:
        altitude = lambda t: np.nan
    out = {}
    for x in FRACTIONS:
        t = x * elapsed[-1]
        at = lambda values: np.interp(t, elapsed, values)
        out["time", x] = [at(lon), at(lat), altitude(t), t, at(distance)]
    reached = np.maximum.accumulate(distance)
    for x in FRACTIONS:
        wanted = x * reached[-1]
        row = int(np.argmax(reached >= wanted))
        before = max(row - 1, 0)
        step = reached[row] - reached[before]
        share = (wanted - reached[before]) / step if step > 0 else 0.0
        between = lambda v: v[before] + (v[row] - v[before]) * share
        t = between(elapsed)
        out["distance", x] = [between(lon), between(lat), altitude(t), t, wanted]
    return out


COLUMNS = ["longitude_deg", "latitude_deg", "altitude_m", "elapsed_s", "distance_m"]


def reference(config_path):
    """(flight, name, value) for every figure of every flight that is a flight."""
    config = tomllib.loads(Path(config_path).read_text())
    source, root = config["source"][0], Path(config["data"]["root"])
    for path in sorted(root.rglob("*.csv")):
        frame = read(path, source)
        if len(frame.dropna(subset=["longitude", "latitude"])) < 2:
            continue
        span_s = (frame["time_us"].iloc[-1] - frame["time_us"].iloc[0]) / 1e6
        if span_s > 20 * 3600:
            continue
        variables = config["features"]["variables"]
        for name, value in features(frame, variables).items():
            yield path.stem, name, value
        for (axis, x), row in targets(frame).items():
            for column, value in zip(COLUMNS, row):
                yield path.stem, f"{axis} {x} {column}", value


def write(config, out):
    rows = pd.DataFrame(reference(config), columns=["flight_id", "name", "value"])
    rows.to_csv(out, index=False, float_format="%.17g")
    print(f"{len(rows)} figures of {rows.flight_id.nunique()} flights")


def compare(config, folder):
    table = pd.read_parquet(Path(folder) / "features.parquet").set_index("flight_id")
    found = {(f, n): v for n in table.columns for f, v in table[n].items()}
    rows = pd.read_parquet(Path(folder) / "targets.parquet")
    for row in rows.itertuples():
        for column in COLUMNS:
            found[row.flight_id, f"{row.axis} {round(row.fraction, 2)} {column}"] = getattr(row, column)
    worst, count, flights = (0.0, None), 0, set()
    for flight, name, value in reference(config):
        ours = found[flight, name]
        flights.add(flight)
        count += 1
        if pd.isna(value) and pd.isna(ours):
            continue
        # Where a value is small beside others of its kind, 1e-9 of one unit is meant.
        error = abs(ours - value) / max(abs(value), 1.0)
        if not error <= worst[0]:
            worst = (error, (flight, name, ours, value))
    missing = set(table.index) - flights
    print(f"{count} figures of {len(flights)} flights; worst relative error {worst[0]:.2e}")
    if missing or not worst[0] <= TOLERANCE or count == 0:
        sys.exit(f"not equal: {worst[1]}; flights only traj has: {sorted(missing)[:5]}")


if __name__ == "__main__":
    {"write": write, "compare": compare}[sys.argv[1]](*sys.argv[2:])
