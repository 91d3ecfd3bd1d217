"""scikit-learn's forest, measured as benches/peers/forest.rs measures ours.

    python forest_sklearn.py --data DIR --what joint|per-target|path|predict|large
                             [--fractions 0,9,18] [--threads N] [--repeat N] [--seed N]
                             [--trees N] [--max-features all|sqrt|SHARE|COUNT]

Needs numpy, scikit-learn and joblib. Prints a JSON line per measurement, with the keys of the
Rust bench. Joint forests learn standardised targets, as ours do inside; R2 is of the original.
"""

import argparse
import json
import os
import time
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.multioutput import MultiOutputRegressor

SINGLE_FLIGHTS = 10  # each goes through all forests; every call takes milliseconds


def status_mib(key):
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(key)), None)


def measure(work):
    """What the work made, and the wall clock, processor time of all threads and memory it took."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    except OSError:
        pass
    start_mib = status_mib("VmRSS:")
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
            "start_mib": start_mib, "peak_mib": status_mib("VmHWM:")}
    return made, took


class Standardised:
    """A joint forest of targets that have been divided by their standard deviation."""

    def __init__(self, forest):
        self.forest = forest

    def fit(self, x, y):
        self.centre, self.scale = y.mean(axis=0), y.std(axis=0)
        self.forest.fit(x, (y - self.centre) / self.scale)
        return self

    def predict(self, x):
        return self.forest.predict(x) * self.scale + self.centre


class Data:
    def __init__(self, folder):
        shapes = json.loads((folder / "shapes.json").read_text())
        features, targets, fractions = shapes["n_features"], shapes["n_targets"], shapes["n_fractions"]
        for part in ["train", "test", "many", "large"]:
            x = np.fromfile(folder / f"x_{part}.f32", "<f4").reshape(-1, features)
            setattr(self, f"x_{part}", x)
        for part in ["train", "test"]:
            y = np.fromfile(folder / f"y_{part}.f64", "<f8").reshape(fractions, -1, targets)
            setattr(self, f"y_{part}", y)
        self.y_large = np.fromfile(folder / "y_large.f64", "<f8").reshape(-1, targets)
        self.n_fractions = fractions


class Bench:
    def __init__(self, args, data, seed):
        self.args, self.data, self.seed = args, data, seed
        self.fractions = args.fractions or list(range(data.n_fractions))

    def forest(self):
        return RandomForestRegressor(
            n_estimators=self.args.trees, max_features=self.args.max_features,
            n_jobs=self.args.threads, random_state=self.seed)

    def print(self, what, took, **more):
        print(json.dumps({"engine": "sklearn", "version": sklearn.__version__, "what": what,
                          "seed": self.seed, "trees": self.args.trees,
                          "threads": self.args.threads, **took, **more}), flush=True)

    def size(self, model):
        """Bytes of the model as joblib writes it, without compression; nodes of all trees."""
        file = self.args.data / f"model-{os.getpid()}.tmp"
        joblib.dump(model, file, compress=0)
        size = file.stat().st_size
        file.unlink()
        forests = model.estimators_ if isinstance(model, MultiOutputRegressor) else [model.forest]
        nodes = sum(tree.tree_.node_count for forest in forests for tree in forest.estimators_)
        return {"bytes": size, "nodes": nodes}

    def scores(self, fractions, predicted):
        blocks = np.split(predicted, len(fractions), axis=1)
        return {str(fraction): r2_score(self.data.y_test[fraction], block,
                                        multioutput="raw_values").tolist()
                for fraction, block in zip(fractions, blocks)}

    def fit(self, what, make, x, y, fractions, **more):
        model, took = measure(lambda: make().fit(x, y))
        r2 = self.scores(fractions, model.predict(self.data.x_test))
        self.print(what, took, **self.size(model), **more, r2=r2)

    def joint(self):
        for fraction in self.fractions:
            self.fit("joint", lambda: Standardised(self.forest()), self.data.x_train,
                     self.data.y_train[fraction], [fraction], fraction=fraction)

    def per_target(self):
        for fraction in self.fractions:
            self.fit("per-target", lambda: MultiOutputRegressor(self.forest()), self.data.x_train,
                     self.data.y_train[fraction], [fraction], fraction=fraction)

    def path(self):
        y = np.concatenate(self.data.y_train, axis=1)
        self.fit("path", lambda: Standardised(self.forest()), self.data.x_train, y,
                 list(range(self.data.n_fractions)))

    def large(self):
        self.fit("large", lambda: Standardised(self.forest()), self.data.x_large,
                 self.data.y_large, [self.data.n_fractions // 2], rows=len(self.data.x_large))

    def predict(self):
        """Many rows through the first of the forests; single flights through all, once with the
        threads asked for and once with one, which is faster since it starts none."""
        models = [Standardised(self.forest()).fit(self.data.x_train, self.data.y_train[fraction])
                  for fraction in self.fractions]
        models[0].predict(self.data.x_many[:100])  # the first call imports and warms up
        _, took = measure(lambda: models[0].predict(self.data.x_many))
        self.print("predict-many", took, rows=len(self.data.x_many))
        for threads in sorted({self.args.threads, 1}, reverse=True):
            for model in models:
                model.forest.set_params(n_jobs=threads)
            rows = [self.data.x_test[row : row + 1] for row in range(SINGLE_FLIGHTS)]
            _, took = measure(lambda: [model.predict(row) for row in rows for model in models])
            for key in ["wall_s", "cpu_s"]:
                took[key] /= SINGLE_FLIGHTS
            self.print("predict-one", {**took, "threads": threads}, forests=len(models))


def max_features(text):
    """In the words of the Rust bench; scikit-learn's 1.0 is all."""
    if text in ("all", "sqrt"):
        return {"all": 1.0, "sqrt": "sqrt"}[text]
    return float(text) if "." in text else int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    whats = {"joint": Bench.joint, "per-target": Bench.per_target, "path": Bench.path,
             "predict": Bench.predict, "large": Bench.large}
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--what", choices=whats, required=True)
    parser.add_argument("--fractions", type=lambda text: [int(i) for i in text.split(",")])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--max-features", type=max_features, default=1.0)
    args = parser.parse_args()
    data = Data(args.data)
    for repeat in range(args.repeat):
        whats[args.what](Bench(args, data, args.seed + repeat))


if __name__ == "__main__":
    main()
