"""Measures the forest against its peers, in turn, and prints tables of ratios as Markdown.

    python benches/peers/forest.py --data DIR [--fractions 0,9,18] [--repeats 3] [--out LINES]

Each repeat runs every measurement of every engine once, ours and the peers' one after the other,
each in its own process; the figures are medians over the repeats. Without --bench it builds the
Rust bench first. --python is an interpreter with numpy, scikit-learn and joblib.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean, median

ROOT = Path(__file__).resolve().parents[2]
# What runs, in this order: (engine, --what).
RUNS = [
    ("traj", "joint"), ("sklearn", "joint"),
    ("traj", "per-target"), ("sklearn", "per-target"), ("traj", "smartcore"),
    ("traj", "path"), ("sklearn", "path"),
    ("traj", "large"), ("sklearn", "large"),
    ("traj", "predict"), ("sklearn", "predict"),
]
WHATS = list(dict.fromkeys(what for _, what in RUNS))


def build():
    command = ["cargo", "bench", "--bench", "peers-forest", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in map(json.loads, lines.splitlines()):
        if line.get("executable") and line["target"]["name"] == "peers-forest":
            return Path(line["executable"])
    raise SystemExit("cargo built no peers-forest")


def run(args, engine, what, repeat):
    """The lines of one process."""
    program = [str(args.bench)]
    if engine == "sklearn":
        program = [args.python, str(ROOT / "benches/peers/forest_sklearn.py")]
    trees = args.large_trees if what == "large" else 100
    options = {"data": args.data, "what": what, "threads": args.threads, "seed": repeat,
               "trees": trees, "max-features": args.max_features}
    # Single flights go through the forests of all fractions, unless that would take too long.
    if what != "predict" or args.quick:
        options["fractions"] = args.fractions
    command = program + [text for name, value in options.items() for text in (f"--{name}", str(value))]
    print("$", *command, file=sys.stderr)
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [{**json.loads(line), "repeat": repeat} for line in lines.splitlines()]


class Figures:
    """The lines by engine and what was measured."""

    def __init__(self, lines):
        self.lines = defaultdict(list)
        for line in lines:
            self.lines[line["engine"], line["what"]].append(line)

    def has(self, *sides):
        return all(self.lines[side[:2]] for side in sides)

    def per_repeat(self, side, key):
        """The mean over fractions, one number per repeat; of several thread counts the fastest."""
        repeats = defaultdict(lambda: defaultdict(list))
        for line in self.lines[side[:2]]:
            if line.get(key) is not None:
                repeats[line["repeat"]][line["threads"]].append(line[key])
        return [min(mean(values) for values in by_threads.values()) for by_threads in repeats.values()]

    def value(self, side, key):
        """The median over repeats, times the side's factor."""
        values = self.per_repeat(side, key)
        return median(values) * (side[2] if len(side) > 2 else 1) if values else None

    def r2(self, side):
        """By fraction, the mean over repeats of each target's R2."""
        scores = defaultdict(list)
        for line in self.lines[side[:2]]:
            for fraction, by_target in line["r2"].items():
                scores[fraction].append(by_target)
        return {fraction: [mean(column) for column in zip(*rows)] for fraction, rows in scores.items()}


def number(value, unit=""):
    if value is None:
        return "-"
    if unit == "s":
        scale, unit = (1, "s") if value >= 0.1 else (1e3, "ms") if value >= 1e-4 else (1e6, "us")
        value *= scale
    return (f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}").strip()


def ratio(figures, ours, theirs, key):
    ours, theirs = figures.value(ours, key), figures.value(theirs, key)
    return f"{theirs / ours:.2f}" if ours and theirs else "-"


def spread(figures, side):
    values = figures.per_repeat(side, "wall_s")
    return f" +-{50 * (max(values) - min(values)) / median(values):.0f} %" if len(values) > 1 else ""


def times(figures, n_fractions):
    """Pairs to compare: a name, our side and the peer's; a side may have a factor."""
    forests = next(iter(figures.lines["traj", "predict-one"]), {"forests": 0})["forests"]
    large = next(iter(figures.lines["traj", "large"]), {"rows": 0, "trees": 0})
    pairs = [
        ("fit, joint, a fraction", ("traj", "joint"), ("sklearn", "joint")),
        ("fit, per target, a fraction", ("traj", "per-target"), ("sklearn", "per-target")),
        ("fit, per target, a fraction", ("traj", "per-target"), ("smartcore", "smartcore")),
        (f"fit, path, against {n_fractions} joint", ("traj", "path"), ("sklearn", "joint", n_fractions)),
        ("fit, path, against path", ("traj", "path"), ("sklearn", "path")),
        (f"fit, joint, {large['rows']:,} rows, {large['trees']} trees", ("traj", "large"), ("sklearn", "large")),
        ("predict 44,000 rows", ("traj", "predict-many"), ("sklearn", "predict-many")),
        (f"predict a flight, {forests} forests", ("traj", "predict-one"), ("sklearn", "predict-one")),
    ]
    print("| what | peer | traj wall | peer wall | wall | processor | peak memory |")
    print("|---|---|---|---|---|---|---|")
    for name, ours, theirs in pairs:
        if figures.has(ours, theirs):
            walls = [number(figures.value(side, "wall_s"), "s") + spread(figures, side)
                     for side in (ours, theirs)]
            # Joint forests fitted one after the other need the memory of one.
            ratios = [ratio(figures, ours, theirs, key) for key in ("wall_s", "cpu_s")]
            ratios.append(ratio(figures, ours[:2], theirs[:2], "peak_mib"))
            print("|", " | ".join([name, theirs[0], *walls, *ratios]), "|")


def sizes(figures, n_fractions):
    pairs = [
        ("joint, a fraction", ("traj", "joint"), ("sklearn", "joint")),
        ("per target, a fraction", ("traj", "per-target"), ("sklearn", "per-target")),
        (f"path, against {n_fractions} joint", ("traj", "path"), ("sklearn", "joint", n_fractions)),
        ("path, against path", ("traj", "path"), ("sklearn", "path")),
    ]
    print("| model | peer | traj MB | peer MB | bytes | nodes |")
    print("|---|---|---|---|---|---|")
    for name, ours, theirs in pairs:
        if figures.has(ours, theirs):
            megabytes = [number(figures.value(side, "bytes") / 1e6) for side in (ours, theirs)]
            ratios = [ratio(figures, ours, theirs, key) for key in ("bytes", "nodes")]
            print("|", " | ".join([name, theirs[0], *megabytes, *ratios]), "|")


def scores(figures, targets):
    pairs = [
        ("joint", ("traj", "joint"), ("sklearn", "joint")),
        ("per target", ("traj", "per-target"), ("sklearn", "per-target")),
        ("per target", ("traj", "per-target"), ("smartcore", "smartcore")),
        ("path, against joint", ("traj", "path"), ("sklearn", "joint")),
        ("path, against path", ("traj", "path"), ("sklearn", "path")),
        ("joint, 45,000 rows", ("traj", "large"), ("sklearn", "large")),
    ]
    print("| R2, traj less peer | peer |", " | ".join(targets), "|")
    print("|---|---|" + "---|" * len(targets))
    for name, ours, theirs in pairs:
        if figures.has(ours, theirs):
            ours_r2, theirs_r2 = figures.r2(ours), figures.r2(theirs)
            both = [fraction for fraction in ours_r2 if fraction in theirs_r2]
            gaps = [mean(ours_r2[f][target] - theirs_r2[f][target] for f in both)
                    for target in range(len(targets))]
            print("|", " | ".join([name, theirs[0], *(f"{gap:+.4f}" for gap in gaps)]), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="made by forest_data.py")
    parser.add_argument("--bench", type=Path, help="the built peers-forest")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--fractions", default="0,9,18")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-features", default="all")
    parser.add_argument("--large-trees", type=int, default=10)
    parser.add_argument("--what", default=",".join(WHATS), help="some of " + ",".join(WHATS))
    parser.add_argument("--quick", action="store_true", help="predict through the chosen fractions only")
    parser.add_argument("--out", type=Path, help="append the lines to this file")
    parser.add_argument("--tables-of", type=Path, help="measure nothing: tables of the lines in this file")
    args = parser.parse_args()

    lines = []
    if args.tables_of:
        lines = [json.loads(line) for line in args.tables_of.read_text().splitlines()]
    else:
        args.bench = args.bench or build()
        for repeat in range(args.repeats):
            for engine, what in RUNS:
                if what in args.what.split(","):
                    lines += (new := run(args, engine, what, repeat))
                    if args.out:
                        with args.out.open("a") as out:
                            out.writelines(json.dumps(line) + "\n" for line in new)

    shapes = json.loads((args.data / "shapes.json").read_text())
    figures = Figures(lines)
    print(f"\n{shapes['n_train']:,} flights x {shapes['n_features']} features x "
          f"{shapes['n_targets']} targets; "
          f"repeats: {len({line['repeat'] for line in lines})}, of which the median; ratios are peer / traj: above 1, ours is faster or smaller.\n")
    times(figures, shapes["n_fractions"])
    print()
    sizes(figures, shapes["n_fractions"])
    print()
    scores(figures, shapes["targets"])


if __name__ == "__main__":
    main()
