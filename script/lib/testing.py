"""All set-up that the tests need, then pytest on two cores: the main suite, then the browser.

With `--through-pgbouncer` the portal's role reaches the database through PgBouncer in transaction
mode, as it does where a State has more than one machine.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lib import commands, debian, places, pooler, prepare, services
from lib.plain import Plain

BROWSER_TESTS = "tests/browser"
# The one without windows first: the others draw a whole desktop program around every page, and take
# twice as long.
WITHOUT_WINDOWS = "chromium-headless-shell"
BROWSERS = (WITHOUT_WINDOWS, "chromium", "chromium-browser", "google-chrome")
FONTS = "fonts-noto-core"
# The tests that need a relay for meetings; its package is Debian's coturn.
RELAY_TESTS = ("tests/meetings", BROWSER_TESTS)
# The tests that need a pooler; its package is Debian's pgbouncer.
POOLER_TESTS = ("tests/scale",)
THROUGH = "--through-pgbouncer"
NO_TESTS = 5


def main(arguments: list[str]) -> int:
    through, arguments = THROUGH in arguments, [word for word in arguments if word != THROUGH]
    named = [word for word in arguments if (places.ROOT / word.split("::")[0]).exists()]
    with services.running(dev=True) as direct, _way(direct, through=through) as base:
        env = commands.with_venv_first(commands.development(base))
        prepare.translations(env)
        if named:
            if any(_is_about_the_browser(word) for word in named):
                env["CHROMIUM"] = browser()
            if any(_is_about(word, RELAY_TESTS) for word in named):
                env["TURNSERVER"] = relay()
            if any(_is_about(word, POOLER_TESTS) for word in named):
                env["PGBOUNCER"] = pooler.program()
            return _pytest(*arguments, env=env)
        env["CHROMIUM"] = browser()
        env["TURNSERVER"] = relay()
        env["PGBOUNCER"] = pooler.program()
        first = _pytest("-n", "2", "--ignore", BROWSER_TESTS, *arguments, env=env)
        if not any((places.ROOT / BROWSER_TESTS).glob("test_*.py")):
            return first
        second = _pytest("-n", "2", BROWSER_TESTS, *arguments, env=env)
        # With -k or -m one of the two halves may well have nothing to run, though not both.
        codes = [code for code in (first, second) if code != NO_TESTS]
        return max(codes) if codes else NO_TESTS


def browser() -> str:
    """The path of a Chromium; as root on Debian it is installed when missing."""
    if given := os.environ.get("CHROMIUM"):
        if not Path(given).exists():
            raise Plain(f"CHROMIUM names {given}, which does not exist.")
        return given
    found = _found_browser()
    complete = found is not None and Path(found).name == WITHOUT_WINDOWS and _has_hindi_font()
    if not complete and debian.installs():
        try:
            debian.install("Chromium and Hindi fonts", WITHOUT_WINDOWS, FONTS)
        except Plain:
            # A Debian without that package, or no network: another Chromium does as well.
            if not found:
                debian.install("Chromium and Hindi fonts", "chromium", FONTS)
        found = _found_browser()
    if not found:
        raise Plain(
            "The browser tests need Chromium: install it (Debian: apt-get install "
            f"{WITHOUT_WINDOWS} {FONTS}) or set CHROMIUM to its path."
        )
    return found


def relay() -> str:
    """The path of coturn's server; as root on Debian it is installed when missing."""
    if given := os.environ.get("TURNSERVER"):
        if not Path(given).exists():
            raise Plain(f"TURNSERVER names {given}, which does not exist.")
        return given
    if not shutil.which("turnserver") and debian.installs():
        debian.install("coturn", "coturn")
    found = shutil.which("turnserver")
    if not found:
        raise Plain(
            "The tests of the meetings need coturn: install it (Debian: apt-get install coturn) "
            "or set TURNSERVER to the path of its turnserver."
        )
    return found


@contextmanager
def _way(base: dict[str, str], *, through: bool) -> Iterator[dict[str, str]]:
    """How the portal's role reaches the database; its owner always does so directly."""
    if not through:
        yield base
        return
    with pooler.running(pooler.program(), base["DATABASE_URL"]) as address:
        print("The portal's role goes through PgBouncer in transaction mode.", flush=True)
        owner = base.get("DATABASE_OWNER_URL", base["DATABASE_URL"])
        yield {**base, "DATABASE_URL": address, "DATABASE_OWNER_URL": owner}


def _is_about_the_browser(word: str) -> bool:
    return _is_about(word, (BROWSER_TESTS,))


def _is_about(word: str, folders: Iterable[str]) -> bool:
    path = Path(word.split("::")[0])
    around = (path, *path.parents)
    return path == Path("tests") or any(Path(folder) in around for folder in folders)


def _found_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _has_hindi_font() -> bool:
    """Without one, a screenshot of a Hindi page shows boxes; where fc-list is missing, we trust."""
    if not shutil.which("fc-list"):
        return True
    told = subprocess.run(["fc-list", ":lang=hi", "family"], capture_output=True, text=True)
    return bool(told.stdout.strip())


def _pytest(*arguments: str, env: Mapping[str, str]) -> int:
    return commands.python("-m", "pytest", *arguments, env=env)
