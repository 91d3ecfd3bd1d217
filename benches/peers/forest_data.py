"""Turns a folder of sample flights into the matrices that the forests are measured on.

    traj sample flights --flights 3000 --pairs LEMD-LEBL
    traj init flights && traj index
    traj features --set 'features.aggregates=["mean","min","max","std"]'
    python forest_data.py . matrices

Needs numpy, pandas and pyarrow. Reads data-index/features.parquet and targets.parquet below the
first folder and writes into the second, all little-endian and row by row:

    x_train.f32, x_test.f32     (rows, features)
    y_train.f64, y_test.f64     (fractions, rows, targets)
    x_many.f32                  (44,000, features): test rows over and over, with noise
    x_large.f32, y_large.f64    (45,000, features) and (45,000, targets): training rows over and
                                over, with noise, and the targets of the middle fraction
    shapes.json                 the sizes and names

Equal tables give equal bytes: the split and the noise have fixed seeds.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

TARGETS = ["longitude_deg", "latitude_deg", "altitude_m", "elapsed_s", "distance_m"]
NAMES = ["flight_id", "origin", "destination", "start_time"]
N_MANY, N_LARGE = 44_000, 45_000


def read_features(folder, n_features):
    """Numbers that vary, then a column of zeros and ones per type and airline; so many of the
    numbers, from the left, that there are `n_features` columns in all."""
    table = pd.read_parquet(folder / "features.parquet").sort_values("flight_id")
    numbers = table.drop(columns=NAMES).select_dtypes("number")
    texts = [name for name in table.columns if name not in NAMES and name not in numbers.columns]
    numbers = numbers.loc[:, numbers.nunique() > 1]
    indicators = [pd.get_dummies(table[name], prefix=name).astype("float32") for name in texts]
    room = n_features - sum(block.shape[1] for block in indicators)
    if not 0 <= room <= numbers.shape[1]:
        raise SystemExit(f"{n_features} features were asked for; there are {numbers.shape[1]} "
                         f"numbers and {n_features - room} indicators")
    features = pd.concat([numbers.iloc[:, :room], *indicators], axis=1)
    return table.flight_id, features


def read_targets(folder, flights):
    """(fractions, flights, targets), at fractions of the time."""
    table = pd.read_parquet(folder / "targets.parquet")
    table = table[table.axis == "time"]
    fractions = sorted(table.fraction.unique())
    by_fraction = [table[table.fraction == fraction].set_index("flight_id").loc[flights, TARGETS]
                   for fraction in fractions]
    return fractions, np.stack([block.to_numpy("float64") for block in by_fraction])


def repeat_with_noise(rng, values, n_rows):
    """Rows over and over. Columns that hardly repeat a value get noise of a hundredth of their
    standard deviation, so that no two rows are equal; the others keep their ties."""
    repeated = values[np.arange(n_rows) % len(values)].copy()
    for column in range(values.shape[1]):
        if len(np.unique(values[:, column])) > len(values) // 4:
            repeated[:, column] += 0.01 * values[:, column].std() * rng.standard_normal(n_rows)
    return repeated


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds data-index/")
    parser.add_argument("out", type=Path)
    parser.add_argument("--train", type=int, default=2250, help="rows to learn from")
    parser.add_argument("--features", type=int, default=115)
    args = parser.parse_args()

    flights, features = read_features(args.folder / "data-index", args.features)
    x = features.to_numpy("float32")
    fractions, y = read_targets(args.folder / "data-index", flights)
    if np.isnan(x).any() or np.isnan(y).any():
        raise SystemExit("smartcore takes no missing values, and some are missing")
    order = np.random.default_rng(1).permutation(len(x))
    train, test = np.sort(order[: args.train]), np.sort(order[args.train :])

    rng = np.random.default_rng(2)
    matrices = {
        "x_train.f32": x[train], "x_test.f32": x[test],
        "y_train.f64": y[:, train], "y_test.f64": y[:, test],
        "x_many.f32": repeat_with_noise(rng, x[test], N_MANY),
        "x_large.f32": repeat_with_noise(rng, x[train], N_LARGE),
        "y_large.f64": repeat_with_noise(rng, y[len(fractions) // 2][train], N_LARGE),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    for name, matrix in matrices.items():
        matrix.astype("<f4" if name.endswith("f32") else "<f8").tofile(args.out / name)
    shapes = {
        "n_train": len(train), "n_test": len(test), "n_many": N_MANY, "n_large": N_LARGE,
        "n_features": x.shape[1], "n_targets": len(TARGETS), "n_fractions": len(fractions),
        "targets": TARGETS, "fractions": [round(float(f), 6) for f in fractions],
        "features": list(features.columns),
    }
    (args.out / "shapes.json").write_text(json.dumps(shapes, indent=1) + "\n")
    print(f"{args.out}: {len(train)} + {len(test)} flights x {x.shape[1]} features x "
          f"{len(TARGETS)} targets x {len(fractions)} fractions")


if __name__ == "__main__":
    main()
