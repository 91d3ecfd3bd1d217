"""Writes the figures that tests/permutation_parity.rs compares importances by permutation with.

    python -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python tests/reference/permutation_parity.py

Reads forest_parity.csv, which forest_parity.py made, and writes permutation_parity.json beside
itself: by target, and for all together, scikit-learn's `permutation_importance` of each feature
over ten seeds, the score being the negative squared error of standardised targets.
"""

import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

N_TRAIN, N_FEATURES, N_TREES, N_REPEATS, MIN_SAMPLES_LEAF, SEEDS = 300, 9, 50, 5, 2, range(10)
TARGETS = ["longitude", "altitude", "elapsed"]


def read():
    with open(Path(__file__).parent / "forest_parity.csv") as file:
        rows = [[float(cell or "nan") for cell in row] for row in list(csv.reader(file))[1:]]
    table = np.array(rows)
    return table[:, :N_FEATURES].astype(np.float32), table[:, N_FEATURES:]


def minus_squared_error(target):
    def score(forest, x, z):
        errors = (forest.predict(x) - z) ** 2
        return -errors.mean() if target is None else -errors[:, target].mean()
    return score


def ranks(values):
    return np.argsort(np.argsort(values)).astype(float)


def main():
    x, y = read()
    z = (y - y[:N_TRAIN].mean(axis=0)) / y[:N_TRAIN].std(axis=0)
    scoring = {"all": minus_squared_error(None)}
    scoring |= {name: minus_squared_error(at) for at, name in enumerate(TARGETS)}
    means, stds = {name: [] for name in scoring}, {name: [] for name in scoring}
    for seed in SEEDS:
        forest = RandomForestRegressor(n_estimators=N_TREES, min_samples_leaf=MIN_SAMPLES_LEAF, random_state=seed)
        forest.fit(x[:N_TRAIN], z[:N_TRAIN])
        found = permutation_importance(
            forest, x[N_TRAIN:], z[N_TRAIN:], scoring=scoring, n_repeats=N_REPEATS, random_state=seed
        )
        for name, importances in found.items():
            means[name].append(importances.importances_mean.round(6).tolist())
            stds[name].append(importances.importances_std.round(6).tolist())
    cases = {}
    for name in scoring:
        pairs = combinations(means[name], 2)
        # How well two of scikit-learn's own seeds agree about the ranking, at the least.
        least = min(np.corrcoef(ranks(a), ranks(b))[0, 1] for a, b in pairs)
        cases[name] = {"importances_mean_by_seed": means[name], "importances_std_by_seed": stds[name],
                       "least_spearman_of_two_seeds": round(least, 6)}
        print(name, np.mean(means[name], axis=0).round(3), np.std(means[name], axis=0).round(3), round(least, 3))
    reference = {"scikit_learn": sklearn.__version__, "n_train": N_TRAIN, "n_trees": N_TREES,
                 "n_repeats": N_REPEATS, "min_samples_leaf": MIN_SAMPLES_LEAF, "cases": cases}
    (Path(__file__).parent / "permutation_parity.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
