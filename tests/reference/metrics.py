"""Prints the figures that the unit tests of src/evaluate compare with.

Run with numpy and scikit-learn installed: `python tests/reference/metrics.py`.
"""

import numpy as np
import sklearn
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_NMI = 1852.0
METRES_PER_FOOT = 0.3048


def figures(truth, predicted):
    """R2, RMSE, mean, median and 95th percentile of the absolute error."""
    errors = np.abs(predicted - truth)
    return [
        r2_score(truth, predicted),
        mean_squared_error(truth, predicted) ** 0.5,
        mean_absolute_error(truth, predicted),
        np.median(errors),
        np.percentile(errors, 95),
    ]


def haversine_nmi(lon1, lat1, lon2, lat2):
    """Great-circle distance on the mean sphere."""
    lon1, lat1, lon2, lat2 = map(np.radians, (lon1, lat1, lon2, lat2))
    h = np.sin((lat2 - lat1) / 2) ** 2
    h += np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(h)) / METRES_PER_NMI


print("numpy", np.__version__, "scikit-learn", sklearn.__version__)

truth = np.array([3.0, -0.5, 2.0, 7.0, 4.25, 1e-3, 12.0])
predicted = np.array([2.5, 0.0, 2.0, 8.0, 4.0, 1.0, 7.5])
print("statistics:", *map(repr, map(float, figures(truth, predicted))), sep="\n  ")

# Twelve flights of one pair at one fraction, across the anti-meridian.
i = np.arange(12)
longitude = 179.0 + 0.25 * i  # unwrapped
latitude = -17.0 + 0.1 * (i % 5)
altitude = 9000.0 + 50.0 * (i % 7)
elapsed = 1800.0 + 10.0 * i
distance = 400_000.0 + 1000.0 * (i % 4)
longitude_hat = longitude + 0.05 * ((i % 3) - 1.0)
latitude_hat = latitude + 0.02 * ((i % 4) - 1.5)
altitude_hat = altitude + 30.0 * ((i % 5) - 2.0)
elapsed_hat = elapsed + 7.0 * ((i % 6) - 2.0)
distance_hat = distance + 250.0 * ((i % 3) - 0.5)
print("longitude (deg):", *map(repr, map(float, figures(longitude, longitude_hat))), sep="\n  ")
for name, true, hat, unit in [
    ("altitude (ft)", altitude, altitude_hat, METRES_PER_FOOT),
    ("elapsed (s)", elapsed, elapsed_hat, 1.0),
    ("distance (nmi)", distance, distance_hat, METRES_PER_NMI),
]:
    print(f"{name}:", *map(repr, map(float, figures(true / unit, hat / unit))), sep="\n  ")
horizontal = haversine_nmi(longitude, latitude, longitude_hat, latitude_hat)
print(
    "horizontal (nmi), rmse, mae, median, p95:",
    *map(repr, map(float, (
        np.sqrt(np.mean(horizontal**2)),
        horizontal.mean(),
        np.median(horizontal),
        np.percentile(horizontal, 95),
    ))),
    sep="\n  ",
)
