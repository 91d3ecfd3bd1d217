#!/usr/bin/env python3
"""Bands and dispersion of flights, by numpy, to hold those of `traj explore` against.

    explore.py write traj.toml OUT.csv      the figures of the flights in data.root

Reads flights as flights.py does. Needs numpy and pandas 3.
"""

import sys
import tomllib
from pathlib import Path

import numpy as np

from flights import EARTH_RADIUS_M, read

FRACTIONS = np.arange(51) / 50
LEVELS = [5, 25, 50, 75, 95]


def flown(frame):
    lon, lat = np.radians(frame["longitude"].to_numpy()), np.radians(frame["latitude"].to_numpy())
    h = (
        np.sin(np.diff(lat) / 2) ** 2
        + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    )
    return np.concatenate([[0], np.cumsum(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(h)))])


def reached(elapsed, values):
    """When the running maximum of the way from first to last reaches each fraction."""
    progress = (values - values[0]) * (-1 if values[-1] < values[0] else 1)
    highest = np.maximum.accumulate(progress)
    times = []
    for wanted in FRACTIONS * highest[-1]:
        row = min(int(np.argmax(highest >= wanted)), len(highest) - 1)
        before = max(row - 1, 0)
        step = highest[row] - highest[before]
        share = (wanted - highest[before]) / step if step > 0 else 0.0
        times.append(elapsed[before] + (elapsed[row] - elapsed[before]) * share)
    return np.array(times)


def resampled(path, config):
    frame = read(path, config["source"][0])
    elapsed = (frame["time_us"] - frame["time_us"][0]).to_numpy() / 1e6
    frame["distance"] = flown(frame)
    axes = {
        "time": lambda: FRACTIONS * elapsed[-1],
        "distance": lambda: reached(elapsed, frame["distance"].to_numpy()),
    }
    names = ["longitude", "latitude", "altitude", "distance"]
    names += [name for name in config["features"]["variables"] if name not in names]
    out = {}
    for axis in config["explore"]["axes"]:
        times = axes[axis]() if axis in axes else reached(elapsed, frame[axis].to_numpy())
        out[axis, "elapsed_s"] = times
        for name in names:
            known = frame[name].notna().to_numpy()
            out[axis, name] = np.interp(times, elapsed[known], frame[name].to_numpy()[known])
    return out


def write(config_path, out_path):
    config = tomllib.loads(Path(config_path).read_text())
    root = Path(config_path).parent / config["data"]["root"]
    flights = [resampled(path, config) for path in sorted(root.glob("*.csv"))]
    axes = config["explore"]["axes"]
    names = sorted({name for _, name in flights[0]})
    with open(out_path, "w") as out:
        out.write("figure,axis,variable,fraction,value\n")
        for name in names:
            by_axis = {axis: np.array([flight[axis, name] for flight in flights]) for axis in axes}
            everything = np.concatenate([values.ravel() for values in by_axis.values()])
            whole = np.percentile(everything, 95) - np.percentile(everything, 5)
            for axis, values in by_axis.items():
                bands = np.percentile(values, LEVELS, axis=0)
                for at in range(0, 51, 10):
                    for level, band in zip(LEVELS, bands):
                        out.write(f"p{level},{axis},{name},{FRACTIONS[at]},{float(band[at])!r}\n")
                dispersion = (bands[3] - bands[1]) / whole
                for at in range(0, 51, 10):
                    out.write(f"dispersion,{axis},{name},{FRACTIONS[at]},{float(dispersion[at])!r}\n")
                out.write(f"dispersion,{axis},{name},,{float(dispersion.mean())!r}\n")


if __name__ == "__main__" and sys.argv[1] == "write":
    write(*sys.argv[2:])
