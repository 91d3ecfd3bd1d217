"""Writes the figures that src/explore/statistics is compared with.

    python -m venv venv && venv/bin/pip install numpy pandas scipy
    venv/bin/python tests/reference/explore_statistics.py

Writes explore_statistics.json beside itself: made-up columns and groups, and what scipy and
numpy say of them.
"""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats
from scipy.cluster import hierarchy

random = np.random.default_rng(6)


def columns():
    """Copies, bent copies, ties, gaps in common and of their own, a constant."""
    n = 120
    base, other = random.normal(size=n), random.normal(size=n)
    made = {
        "base": base,
        "copy": base.copy(),
        "bent": -np.exp(base),
        "near": base + 0.2 * random.normal(size=n),
        "offset": 1e6 + base + random.normal(size=n),
        "other": other,
        "tied": np.round(other),
        "gaps": np.where(random.random(n) < 0.2, np.nan, other + 0.5 * base),
        "few": np.where(random.random(n) < 0.9, np.nan, base),
        "constant": np.full(n, 273.15),
    }
    made["same gaps"] = np.where(np.isnan(made["gaps"]), np.nan, np.round(3 * base) / 3)
    return pd.DataFrame({name: np.round(values, 6) for name, values in made.items()})


def correlate(frame, correlation):
    """By pairs of columns, over their common rows; none for constants and fewer than ten rows."""
    found = []
    for one, other in combinations(frame, 2):
        both = frame[[one, other]].dropna()
        known = len(both) >= 10 and (both.nunique() > 1).all()
        found.append(float(correlation(both[one], both[other]).statistic) if known else None)
    return found


def none(value):
    return None if np.isnan(value) else float(value)


def clusters(tree, n):
    """The members of every merger."""
    members = [[i] for i in range(n)]
    for step in tree:
        members.append(sorted(members[int(step[0])] + members[int(step[1])]))
    return members[n:]


def groups(tree, limit):
    labels = hierarchy.fcluster(tree, limit + 1e-9, "distance")
    found = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return sorted(group for group in found if len(group) > 1)


def kruskal(samples):
    h, p = stats.kruskal(*samples)
    n = sum(map(len, samples))
    return [[list(map(float, s)) for s in samples], h, p, h / ((n**2 - 1) / (n + 1))]


def holm(p):
    """statsmodels' multipletests(p, method="holm")[1], written out."""
    p = np.asarray(p)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return [p.tolist(), adjusted.tolist()]


def smirnov(one, other):
    gap, p = stats.ks_2samp(one, other, method="exact")
    return [one.tolist(), other.tolist(), gap, p]


def limit(n, m, by):
    gap = stats.ks_2samp(np.arange(n) / n, np.arange(m) / m + by).statistic
    return [n, m, by, special.kolmogorov(gap * np.sqrt(n * m / (n + m)))]


def stability(earlier, later):
    bins = min(10, min(len(earlier), len(later)) // 20)
    both = np.concatenate([earlier, later])
    shares = np.arange(1, bins) / bins
    bounds = np.unique(np.quantile(both, shares, method="inverted_cdf"))
    bounds = bounds[bounds < both.max()]
    edges = np.concatenate([[-np.inf], np.nextafter(bounds, np.inf), [np.inf]])
    p, q = (np.histogram(half, edges)[0] + 0.5 for half in (earlier, later))
    p, q = p / p.sum(), q / q.sum()
    return [earlier.tolist(), later.tolist(), float(((q - p) * np.log(q / p)).sum())]


frame = columns()
pearson, spearman = correlate(frame, stats.pearsonr), correlate(frame, stats.spearmanr)
condensed = [1 - abs(r or 0) for r in spearman]
average, complete = (hierarchy.linkage(condensed, way) for way in ("average", "complete"))

random_distances = np.random.default_rng(7).random(14 * 13 // 2)
normal = lambda n, by=0.0, digits=3: np.round(random.normal(by, 1, n), digits)
uneven = [(12, 30), (40, 35), (8, 1), (100, 90)]
reference = {
    "columns": [[none(v) for v in frame[name]] for name in frame],
    "pearson": pearson,
    "spearman": spearman,
    "leaves_together": clusters(average, len(frame.columns)),
    "random_distances": random_distances.tolist(),
    "random_leaves_together": clusters(hierarchy.linkage(random_distances, "average"), 14),
    "tight_groups": [(limit, groups(complete, limit)) for limit in (0.0, 0.1, 0.3, 0.6, 0.9)],
    "chi_squared": [
        (float(x), df, float(stats.chi2.sf(x, df)))
        for df in (1, 2, 3, 4, 7, 12, 23, 99, 250)
        for x in (1e-3, 0.5, 3.84, 11.0, 60.5, 240.0, 700.0)
        if stats.chi2.sf(x, df) > 1e-250
    ],
    "homogeneity": [
        (c, float(stats.chi2_contingency(np.array(c), correction=False).pvalue))
        for c in (uneven, uneven[:2], [(300, 290), (310, 330)])
    ],
    "kruskal_wallis": [
        kruskal([normal(20), normal(15, 0.4), normal(30, -0.2)]),
        kruskal([normal(40, digits=0), normal(25, 0.5, 0)]),
        kruskal([normal(8, by, 1) for by in np.linspace(0, 2, 24)]),
    ],
    "holm": [holm(p) for p in ([0.01, 0.04, 0.03, 0.005], [0.5, 0.9], [0.02], [1e-9, 1e-9, 0.3])],
    "kolmogorov_smirnov": [
        smirnov(normal(40), normal(55, 0.3)),
        smirnov(normal(70, digits=0), normal(70, 1.0, 0)),
        smirnov(normal(85), normal(84)),
        smirnov(normal(60), normal(50, 3.0)),
    ],
    "kolmogorov_limit": [limit(1300, 1200, 0.015), limit(2000, 2100, 0.03), limit(1500, 1500, 0.2)],
    "stability": [
        stability(normal(200), normal(220, 0.3)),
        stability(normal(85), normal(84)),
        stability(normal(150, digits=0), normal(90, 0.6, 0)),
    ],
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
