"""Writes the data and the figures that tests/forest_parity.rs compares the forest with.

    python -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python tests/reference/forest_parity.py

Writes forest_parity.csv (rows of features and targets, the last N_TEST held out; an empty
cell is missing) and forest_parity.json (per case: scikit-learn's held-out R2 by target over
ten seeds, and the importances averaged over those seeds) beside itself.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score

N_TRAIN, N_TEST, N_FEATURES, N_TREES, SEEDS = 300, 200, 9, 50, range(10)

# The parameters are those of the Rust forest, in its own words.
CASES = {
    "scaled": {"target_scaling": "standard", "max_features": "all", "min_samples_leaf": 1},
    "raw": {"target_scaling": "none", "max_features": "all", "min_samples_leaf": 1},
    "share": {"target_scaling": "standard", "max_features": {"share": 0.34}, "min_samples_leaf": 1},
    "leaf": {"target_scaling": "standard", "max_features": "all", "min_samples_leaf": 4},
    "single": {"target_scaling": "standard", "max_features": "all", "min_samples_leaf": 1, "bootstrap": False},
}


def make_data():
    """Three targets in degrees, metres and seconds, each with its own causes; the features
    have missing cells, ties, a copy with noise, a constant column and pure noise."""
    rng = np.random.default_rng(20170411)
    n = N_TRAIN + N_TEST
    x = rng.normal(size=(n, N_FEATURES))
    x[:, 2] = np.round(x[:, 2])  # ties
    x[:, 3] = x[:, 0] + 0.3 * x[:, 3]  # a noisy copy
    x[:, 7] = 5.0  # constant; the last column is noise
    longitude = -3.0 + np.tanh(x[:, 0]) + 0.3 * x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=n)
    altitude = 9000.0 + 2500.0 * np.sign(x[:, 4]) * np.sqrt(np.abs(x[:, 4])) + 400.0 * x[:, 1]
    altitude += 300.0 * rng.normal(size=n)
    elapsed = 1800.0 + 300.0 * x[:, 5] ** 2 + 500.0 * (x[:, 6] > 1.0) + 60.0 * rng.normal(size=n)
    x[rng.random(n) < 0.15, 4] = np.nan  # missing at random
    x[x[:, 6] > 1.0, 6] = np.nan  # missing because of its value: that it is missing tells
    y = np.column_stack([longitude, altitude, elapsed])
    # What is written is what is fitted: single-precision features, targets of nine digits.
    return x.astype(np.float32), np.vectorize(lambda v: float(f"{v:.9g}"))(y)


def on_grid(y):
    """Multiples of 2^-20, whose sums over rows are exact. scikit-learn compares gains without
    a margin, so that rounding would otherwise choose among features that cut a node alike,
    where the Rust forest draws lots; see TIE in src/forest/splitter.rs."""
    return np.round(y * 2**20) / 2**20


def fit(case, seed, x, y):
    max_features = 1.0 if case["max_features"] == "all" else case["max_features"]["share"]
    forest = RandomForestRegressor(
        n_estimators=N_TREES,
        max_features=max_features,
        min_samples_leaf=case["min_samples_leaf"],
        bootstrap=case.get("bootstrap", True),
        random_state=seed,
    )
    centre, scale = y.mean(axis=0), y.std(axis=0)
    if case["target_scaling"] == "none":
        centre, scale = 0.0, 1.0
    forest.fit(x, on_grid((y - centre) / scale))
    return forest, lambda rows: forest.predict(rows) * scale + centre


def main():
    here = Path(__file__).parent
    x, y = make_data()
    with open(here / "forest_parity.csv", "w") as csv:
        csv.write(",".join([f"x{j}" for j in range(N_FEATURES)] + ["longitude", "altitude", "elapsed"]) + "\n")
        for features, targets in zip(x, y):
            cells = ["" if np.isnan(v) else f"{v:.9g}" for v in features] + [f"{v:.9g}" for v in targets]
            csv.write(",".join(cells) + "\n")

    cases = {}
    for name, case in CASES.items():
        r2, importances = [], []
        for seed in SEEDS:
            forest, predict = fit(case, seed, x[:N_TRAIN], y[:N_TRAIN])
            r2.append(r2_score(y[N_TRAIN:], predict(x[N_TRAIN:]), multioutput="raw_values").round(6).tolist())
            importances.append(forest.feature_importances_)
        cases[name] = {"params": {"bootstrap": True, **case}, "r2_by_seed": r2,
                       "mean_importances": np.mean(importances, axis=0).round(6).tolist()}
        print(name, np.mean(r2, axis=0).round(4), np.std(r2, axis=0).round(4))
    reference = {"scikit_learn": sklearn.__version__, "n_train": N_TRAIN, "n_trees": N_TREES, "cases": cases}
    (here / "forest_parity.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
