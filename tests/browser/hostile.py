"""Makes a run of flights whose names would run as scripts, if a page let them."""

import csv
import pathlib
import subprocess

EVIL = '"><script>alert(1)</script>'
# A file's name cannot hold a slash.
EVIL_FILE = '"><img src=x onerror=alert(1)>'
# What else a name may try: a handler, a formula, markup of a template, a turn of direction.
EVILS = [EVIL, "' onmouseover='alert(1)", "=cmd|' /C calc'!A0", "{{ 7*7 }}{% raw %}", "\u202egpj.exe", "&lt;b&gt;"]


def pages(traj, folder):
    """The pages of a run of hostile flights, made by `traj`."""
    folder.mkdir(parents=True)
    run = lambda *words: call(traj, folder, *words)
    run("sample", "plain", "--flights", "40", "--seed", "5", "--pairs", "LEMD-LEBL")
    (folder / "flights").mkdir()
    for number, source in enumerate(sorted((folder / "plain").glob("*.csv"))):
        poison(source, folder / "flights" / f"{EVIL_FILE}{number:02}.csv", number)
    # Files that are refused, with a name and a column that the page shows.
    (folder / "flights" / f"{EVIL_FILE}empty.csv").write_text("")
    (folder / "flights" / f"{EVIL_FILE}strange.csv").write_text(f'"{EVIL.replace(chr(34), chr(34) * 2)}",b\n1,2\n')
    run("init", "flights")
    map_names(folder / "traj.toml")
    run("run", "--set", 'train.models=["forest", "od-median"]', "--set", "forest.trees=10", "--set", "train.folds=3")
    run("explore")
    made = [folder / "models" / "default" / "report.html", folder / "data-index" / "explore.html"]
    for page in made:
        if "&lt;script&gt;" not in page.read_text():
            raise SystemExit(f"{page}: the hostile names are not on the page")
    return made


def map_names(config):
    """Takes the names of flights and their ends from columns, which may hold any character."""
    text = config.read_text()
    place = 'distance = "distance_nmi"\n'
    names = ["flight_id", "origin", "destination", "callsign", "aircraft_type"]
    columns = "".join(f'{name} = "{name}"\n' for name in names)
    if place not in text:
        raise SystemExit(f"{config}: the columns are not where they were")
    config.write_text(text.replace(place, place + columns, 1).replace("airports = true", "airports = false"))


def poison(source, destination, number):
    """A sample flight with hostile names of flight, airline, aircraft and a column."""
    with source.open(newline="") as file:
        rows = list(csv.reader(file))
    names = ["flight_id", "origin", "destination", "callsign", "aircraft_type"]
    head = [*rows[0], *names, f"{EVIL} temperature"]
    kind = EVILS[number % len(EVILS)]
    # Two pairs, of which one is that of most flights.
    extra = [f"{EVIL}{number}", f"<b>{EVIL}", f"LEBL{EVIL * (number % 4 == 0)}", kind, kind]
    with destination.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        # Every tenth second is enough, and ten times as fast.
        for at, row in enumerate(rows[1::10]):
            writer.writerow([*row, *extra, f"{at % 7 + number:.1f}"])


def call(traj, folder, *words):
    done = subprocess.run([traj, *words], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"traj {' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
