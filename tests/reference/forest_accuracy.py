"""Writes the tables and the figures that tests/forest_accuracy.rs holds the forest against.

    python -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python tests/reference/forest_accuracy.py

Three tables: scikit-learn's diabetes (442 patients, one target) and linnerud (20 men, three
targets), and one made here in the likeness of California housing, which scikit-learn would have
to download. Writes each as forest_accuracy_NAME.csv (fold, features, targets), and
forest_accuracy.json: for a forest per target (MultiOutputRegressor) and for one forest of all
standardised targets, the R2 of each target and the impurity importances, with their mean and
standard deviation over ten seeds. A seed's R2 is of the predictions of all rows, each row by the
forest that did not learn its fold; its importances are the mean over the folds' forests. Small
tables have more trees, since their scores vary more with the seed.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_linnerud
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.multioutput import MultiOutputRegressor

SEEDS = range(10)
HERE = Path(__file__).parent


def diabetes():
    data = load_diabetes(scaled=False)
    return list(data.feature_names), ["progression"], data.data, data.target[:, None]


def linnerud():
    data = load_linnerud()
    return list(data.feature_names), list(data.target_names), data.data, data.target


def housing(n=1200):
    """Blocks of houses: skewed and heavy-tailed features, values that pile up at a cap, places
    that many blocks share, and rows that occur twice. The value is capped as well; the rent has
    other causes and another unit."""
    rng = np.random.default_rng(19970501)
    income = np.minimum(np.round(rng.lognormal(1.25, 0.45, n), 2), 15.0)
    age = np.minimum(np.floor(rng.gamma(4.0, 8.0, n)) + 1, 52)
    rooms = np.round(2.0 + 0.8 * income**0.6 + rng.exponential(1.0, n) + 5.0 * (rng.pareto(3.0, n) > 4.0), 3)
    bedrooms = np.round(0.9 + 0.1 * rng.lognormal(0.0, 0.5, n) + 0.05 * rng.pareto(2.5, n), 3)
    population = np.floor(rng.lognormal(7.0, 0.7, n))
    occupancy = np.round(1.5 + rng.lognormal(0.3, 0.35, n) + 0.2 * rng.pareto(1.8, n), 3)
    towns = rng.uniform([33.0, -122.0], [39.0, -117.0], size=(40, 2))
    place = np.round(towns[rng.zipf(1.6, n) % 40] + np.round(rng.normal(0.0, 0.2, (n, 2)), 1), 2)
    x = np.column_stack([income, age, rooms, bedrooms, population, occupancy, place])
    copies = rng.choice(n, n // 20, replace=False)
    x[copies] = x[rng.choice(n, n // 20)]
    income, age, rooms, bedrooms, population, occupancy, latitude, longitude = x.T
    coast = np.exp(-np.abs(longitude + 121.5 - 0.7 * (36.0 - latitude)))
    value = 50.0 * income + 120.0 * coast + 0.6 * age - 25.0 * np.minimum(occupancy, 6.0)
    value = np.minimum(np.exp(0.15 * rng.normal(size=n)) * np.maximum(value, 15.0), 500.0)
    rent = 300.0 + 90.0 * np.sqrt(population) / 10.0 + 150.0 * bedrooms * (rooms > 5.0) + 200.0 * coast
    rent *= np.exp(0.1 * rng.normal(size=n))
    features = ["income", "age", "rooms", "bedrooms", "population", "occupancy", "latitude", "longitude"]
    return features, ["value", "rent"], x, np.column_stack([np.round(value, 1), np.round(rent)])


def on_grid(y):
    """Multiples of 2^-20, whose sums over rows are exact: see forest_parity.py."""
    return np.round(y * 2**20) / 2**20


class PerTarget:
    def __init__(self, n_trees, seed):
        forest = RandomForestRegressor(n_estimators=n_trees, random_state=seed)
        self.forests = MultiOutputRegressor(forest)

    def fit(self, x, y):
        self.centre, self.scale = y.mean(axis=0), y.std(axis=0)
        # The scale of a single target changes no split; it only brings it to the grid.
        self.forests.fit(x, on_grid((y - self.centre) / self.scale))
        return self

    def predict(self, x):
        return self.forests.predict(x) * self.scale + self.centre

    def importances(self):
        """(forests, features)"""
        return [forest.feature_importances_ for forest in self.forests.estimators_]


class Joint(PerTarget):
    def __init__(self, n_trees, seed):
        self.forests = RandomForestRegressor(n_estimators=n_trees, random_state=seed)

    def importances(self):
        return [self.forests.feature_importances_]


def score(make, n_trees, x, y, folds):
    r2, importances = [], []
    for seed in SEEDS:
        predicted, by_fold = np.empty_like(y), []
        for fold in range(folds.max() + 1):
            model = make(n_trees, seed).fit(x[folds != fold], y[folds != fold])
            predicted[folds == fold] = model.predict(x[folds == fold])
            by_fold.append(model.importances())
        r2.append(r2_score(y, predicted, multioutput="raw_values"))
        importances.append(np.mean(by_fold, axis=0))
    return {"r2": summary(r2), "importances": [summary(rows) for rows in np.swapaxes(importances, 0, 1)]}


def summary(by_seed):
    mean, std = np.mean(by_seed, axis=0), np.std(by_seed, axis=0, ddof=1)
    return {"mean": mean.round(6).tolist(), "std": std.round(6).tolist()}


def write_table(name, features, targets, x, y, folds):
    with open(HERE / f"forest_accuracy_{name}.csv", "w") as csv:
        csv.write(",".join(["fold", *features, *targets]) + "\n")
        for fold, row in zip(folds, np.column_stack([x, y])):
            csv.write(",".join([str(fold), *(f"{value:.7g}" for value in row)]) + "\n")


def main():
    tables = {}
    for name, make, n_folds, n_trees in [
        ("diabetes", diabetes, 3, 50), ("linnerud", linnerud, 5, 100), ("housing", housing, 2, 20)
    ]:
        features, targets, x, y = make()
        # What is written is what is fitted.
        x = np.vectorize(lambda value: float(f"{value:.7g}"))(x).astype(np.float32)
        folds = np.random.default_rng(len(x)).permutation(len(x)) % n_folds
        write_table(name, features, targets, x, y, folds)
        tables[name] = {"n_features": len(features), "n_folds": n_folds, "n_trees": n_trees,
                        "per_target": score(PerTarget, n_trees, x, y, folds)}
        if len(targets) > 1:
            tables[name]["joint"] = score(Joint, n_trees, x, y, folds)
        for kind in ("per_target", "joint"):
            print(name, kind, tables[name].get(kind, {}).get("r2"))
    reference = {"scikit_learn": sklearn.__version__, "n_seeds": len(SEEDS), "tables": tables}
    (HERE / "forest_accuracy.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
