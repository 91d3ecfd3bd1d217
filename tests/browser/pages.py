"""Opens pages of traj in headless Chromium, with the network cut off, and looks at them.

    python pages.py PAGE.html...                 # looks at these pages
    python pages.py --traj TRAJ [PAGE.html...]   # and at those of a hostile run that it makes
    python pages.py --self-test                  # broken pages must be found out

Needs selenium (PyPI), chromium and chromedriver. A page passes if, in light, dark and print, at
360, 768 and 1280 pixels across, it asks for nothing, no script runs or fails, no dialog opens,
every chart has a size, and no text leaves its place. With --shots DIR screenshots are kept.
"""

import argparse
import base64
import json
import pathlib
import sys
import tempfile

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException

import broken
import hostile

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    # The network is cut off twice: no name resolves, and the proxy is a port that refuses.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
]
WIDTHS = [360, 768, 1280]
# Width of an A4 page less its margins of 12 mm, at 96 pixels an inch.
PAPER_WIDTH = 703
SCHEMES = ["light", "dark"]
# Pixels; Chromium draws no longer textures.
LONGEST_SHOT = 16_000

HERE = pathlib.Path(__file__).parent
LOOK = (HERE / "look.js").read_text()
CONTRAST = (HERE / "contrast.js").read_text()


class Browser:
    """A Chromium without a network, which notes what pages ask for and say."""

    def __init__(self, chromium, driver, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in [*FLAGS, f"--user-data-dir={folder}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        options.set_capability("unhandledPromptBehavior", "ignore")
        # With a path to the driver, selenium looks for none on the network.
        service = webdriver.ChromeService(executable_path=driver)
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.execute_cdp_cmd("Network.enable", {})

    def close(self):
        self.driver.quit()

    def open(self, address):
        """Opens a page; what went wrong by then."""
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get(address)
        found = self.dialogs()
        found += self.noted(address)
        return found

    def dialogs(self):
        found = []
        while True:
            try:
                alert = self.driver.switch_to.alert
                found.append(f"a dialog opened: {alert.text!r}")
                alert.dismiss()
            except NoAlertPresentException:
                return found

    def noted(self, address):
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                # Swatches and the like may be data; the favicon of a file is asked for by nobody.
                if url.split("#")[0] != address.split("#")[0] and not url.startswith("data:"):
                    found.append(f"asked for {url[:120]}")
        for entry in self.driver.get_log("browser"):
            found.append(f"the browser says: {entry['message'][:200]}")
        return found

    def set(self, width, scheme=None, medium=""):
        features = [{"name": "prefers-color-scheme", "value": scheme or "light"}]
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": medium, "features": features}
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )

    def look(self, is_open):
        script = "document.querySelectorAll('details').forEach(d => { d.open = %s; });"
        self.driver.execute_script(script % ("true" if is_open else "false"))
        return self.driver.execute_script(LOOK)

    def shot(self, path):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        height = min(size["height"], LONGEST_SHOT)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        shot = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def print(self, path):
        pdf = self.driver.execute_cdp_cmd(
            "Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True}
        )
        path.write_bytes(base64.b64decode(pdf["data"]))


def problems(browser, page, shots=None):
    """The number of a page's charts, and what is wrong with it, as sentences.

    `shots` is the beginning of the names of screenshots.
    """
    address = pathlib.Path(page).resolve().as_uri()
    # Screen first: a page is laid out anew for each, but loaded once.
    browser.set(WIDTHS[-1])
    found = browser.open(address)
    charts_seen = 0
    looks = [(width, scheme, "") for scheme in SCHEMES for width in WIDTHS]
    looks.append((PAPER_WIDTH, "light", "print"))
    for width, scheme, medium in looks:
        browser.set(width, scheme, medium)
        for is_open in [False, True]:
            charts, wrong = browser.look(is_open)
            charts_seen = max(charts_seen, charts)
            where = f"{medium or scheme}, {width} px, {'open' if is_open else 'closed'}"
            found += [f"{where}: {what}" for what in wrong]
        if shots:
            browser.look(False)
            browser.shot(pathlib.Path(f"{shots}-{medium or scheme}-{width}.png"))
    browser.set(WIDTHS[-1])
    browser.look(False)
    if shots:
        browser.print(pathlib.Path(f"{shots}.pdf"))
    found += browser.dialogs() + browser.noted(address)
    return charts_seen, found


def contrast(browser):
    """Texts whose contrast with the page is under WCAG's 4.5."""
    return browser.driver.execute_script(CONTRAST)


def look_at(browser, pages, shots):
    failed = False
    for number, page in enumerate(pages):
        name = shots / f"{number}-{pathlib.Path(page).stem}" if shots else None
        charts, found = problems(browser, page, name)
        for scheme in SCHEMES:
            browser.set(WIDTHS[-1], scheme)
            found += [f"{scheme}: {what}" for what in contrast(browser)]
        browser.set(WIDTHS[-1])
        if charts == 0:
            found.append("there is no chart")
        size = pathlib.Path(page).stat().st_size
        if size > 3_000_000:
            found.append(f"{size} bytes are more than 3 MB")
        print(f"{page}: {charts} charts, {size / 1024:.0f} KiB, {len(found)} problems")
        for what in found[:40]:
            print(f"  {what}")
        failed |= bool(found)
    return failed


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("pages", nargs="*")
    arguments.add_argument("--traj", help="a traj whose pages of hostile flights are looked at, too")
    arguments.add_argument("--self-test", action="store_true")
    arguments.add_argument("--shots", type=pathlib.Path)
    arguments.add_argument("--chromium", default="/usr/bin/chromium")
    arguments.add_argument("--chromedriver", default="/usr/bin/chromedriver")
    given = arguments.parse_args()
    if given.shots:
        given.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pages = list(given.pages)
        if given.traj:
            pages += hostile.pages(pathlib.Path(given.traj).resolve(), folder / "hostile")
        browser = Browser(given.chromium, given.chromedriver, folder / "profile")
        try:
            failed = look_at(browser, pages, given.shots)
            if given.self_test:
                look = lambda page: problems(browser, page)[1] + contrast(browser)
                failed |= not broken.are_found_out(folder / "broken.html", look)
        finally:
            browser.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
