"""Compares the report's figures by hour, type, pair and month with pandas.

    python report_groups.py FOLDER [RUN]

FOLDER holds data-index/ and models/RUN/report.html. The tables behind the charts are read from the
page; the same figures are computed from predictions, targets and catalog. Needs pandas, pyarrow.
"""

import html.parser
import json
import math
import pathlib
import re
import sys

import numpy as np
import pandas as pd

RADIUS_NMI = 6_371_008.8 / 1852
DASH = "–"


class Tables(html.parser.HTMLParser):
    """The tables of every figure, by the figure's caption."""

    def __init__(self):
        super().__init__()
        self.figures, self.caption, self.cell, self.inside = {}, "", None, None

    def handle_starttag(self, tag, attributes):
        if tag == "figcaption":
            self.caption, self.inside = "", "figcaption"
        elif tag == "table":
            self.figures.setdefault(self.caption.strip(), []).append(["", []])
        elif tag == "caption":
            self.inside = "caption"
        elif tag == "tr" and self.caption:
            self.figures.setdefault(self.caption.strip(), [["", []]])[-1][1].append([])
        elif tag in ("th", "td"):
            self.cell = ""

    def handle_data(self, data):
        if self.inside == "figcaption":
            self.caption += data
        elif self.inside == "caption" and self.caption:
            self.figures[self.caption.strip()][-1][0] += data
        elif self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("figcaption", "caption"):
            self.inside = None
        elif tag == "figure":
            self.caption = ""
        elif tag in ("th", "td") and self.cell is not None:
            if self.caption:
                self.figures[self.caption.strip()][-1][1][-1].append(self.cell.strip())
            self.cell = None


def number(text):
    if text == DASH:
        return math.nan
    return float(re.sub(r"[\s,%]", "", text).replace("\u2212", "-"))


def haversine_nmi(longitude, latitude, other_longitude, other_latitude):
    a, b = np.radians(latitude), np.radians(other_latitude)
    half = (np.sin((a - b) / 2) ** 2
            + np.cos(a) * np.cos(b) * np.sin(np.radians(longitude - other_longitude) / 2) ** 2)
    return 2 * RADIUS_NMI * np.arcsin(np.sqrt(half))


def flights(index, run, model, horizon, split):
    """A row per held-out flight: mean misses, shares held, and what the catalog says of it."""
    predicted = pd.read_parquet(run / "predictions.parquet")
    wanted = (predicted.model == model) & (predicted.horizon == horizon) & (predicted.split == split)
    predicted = predicted[wanted & (predicted.axis == "time") & ~predicted.already_flown]
    targets = pd.read_parquet(index / "targets.parquet").query("axis == 'time'")
    both = predicted.merge(targets, on=["flight_id", "fraction"], suffixes=("", "_flown"))
    both["position"] = haversine_nmi(both.longitude_deg, both.latitude_deg,
                                     both.longitude_deg_flown, both.latitude_deg_flown)
    both["time"] = (both.elapsed_s - both.elapsed_s_flown).abs()
    both["held"] = (both.position <= both.horizontal_radius90_nmi).where(
        both.horizontal_radius90_nmi.notna()).astype(float)
    by_flight = both.groupby("flight_id")[["position", "time", "held"]].mean()
    catalog = pd.read_parquet(index / "catalog.parquet").set_index("flight_id")
    known = by_flight.join(catalog[["origin", "destination", "aircraft_type", "start_time"]])
    known["hour"] = known.start_time.dt.strftime("%H:00")
    known["month"] = known.start_time.dt.strftime("%Y-%m")
    known["pair"] = known.origin + "-" + known.destination
    return known


def compare(figures, words, place, known, kind, columns):
    """The number of cells that agree, of the table at `place` of the figure whose caption has `words`."""
    tables = next((tables for caption, tables in figures.items() if words in caption), None)
    if tables is None:
        return 0
    head, *rows = tables[place][1]
    expected = known.groupby(kind)
    cells = 0
    assert len(rows) == min(200, expected.ngroups), f"{words}: {len(rows)} rows of {expected.ngroups}"
    for row in rows:
        group = expected.get_group(row[0])
        for name, at, scale in columns:
            values = group[name].dropna()
            want = values.mean() * scale
            found = number(row[at])
            # Figures are rounded to about three digits; one to a tenth of a per cent.
            assert math.isnan(want) and math.isnan(found) or abs(found - want) <= max(0.051, 0.006 * abs(want)), \
                f"{words}, {row[0]}, {head[at]}: {found}, pandas says {want}"
            cells += 1
        if "held" not in [name for name, *_ in columns]:
            assert number(row[1].replace(" ", "")) == len(group), f"{words}, {row[0]}: flights"
            if len(group) > 1:
                want = 2 * group.position.sem()
                assert abs(number(row[3]) - want) <= max(0.051, 0.006 * want), f"{words}, {row[0]}: ±"
                cells += 1
    return cells


def main():
    folder = pathlib.Path(sys.argv[1])
    run = folder / "models" / (sys.argv[2] if len(sys.argv) > 2 else "default")
    page = Tables()
    text = (run / "report.html").read_text()
    page.feed(text)
    record = json.loads((run / "run.json").read_text())
    said = re.search(r"as the best model at each horizon sees them: (.*?)\.</p>", text, re.S).group(1)
    models = [part.strip().rsplit(" ", 1)[-1] for part in said.split(";")]
    split = "forward" if "forward" in record["splits"] else record["splits"][0]
    cells = 0
    for place, (model, horizon) in enumerate(zip(models, record["horizons"])):
        known = flights(folder / "data-index", run, model, horizon, split)
        errors = [("position", 2, 1), ("time", 5, 1)]
        held = [("held", 2, 100)]
        for words, kind, columns in [
            ("by hour of the day", "hour", errors),
            ("position error by type of aircraft", "aircraft_type", errors),
            ("Coverage by pair", "pair", held),
            ("Coverage by month", "month", held),
        ]:
            cells += compare(page.figures, words, place, known, kind, columns)
    assert cells > 10, f"only {cells} figures were found on the page"
    print(f"report and pandas agree on {cells} figures by hour, type, pair and month")


if __name__ == "__main__":
    main()
