"""What must be done once after each change of the code: tables, translations, static files."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from lib import commands, places, state
from lib.plain import Plain


def tables(env: Mapping[str, str]) -> None:
    """Bring the database to the shape of the code; nothing is run when neither changed."""
    files = [*places.ROOT.glob("*/migrations/*.py"), *places.ROOT.glob("*/*/migrations/*.py")]
    database = database_identity(env)
    _once("tables", f"{database} {_contents(files)}", env, "migrate", "--noinput")
    words = [*places.ROOT.glob("esachivalaya/notifications/data/*.toml")]
    _once("words", f"{database} {_contents(words)}", env, "load_templates")


def translations(env: Mapping[str, str]) -> None:
    """Compile `locale/**/*.po`; needs no system gettext."""
    files = list(places.ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    kept = state.load()
    digest = _contents(files)
    compiled = all(file.with_suffix(".mo").exists() for file in files)
    if kept.get("prepared_translations") == digest and compiled:
        return
    if commands.messages("--compile", env=env):
        raise Plain("Compiling the translations failed: see above.")
    state.save({**state.load(), "prepared_translations": digest})


def static_files(env: Mapping[str, str]) -> None:
    """Collect, fingerprint and compress what the browser fetches."""
    own = [file for file in places.ROOT.glob("static/**/*") if file.is_file()]
    own += [file for file in places.ROOT.glob("*/static/**/*") if file.is_file()]
    digest = _contents([*own, places.ROOT / "requirements.txt"])
    if not (places.RUN / "static" / "staticfiles.json").exists():
        digest += " anew"
    _once("static", digest, env, "collectstatic", "--noinput")
    _remember("static", digest.removesuffix(" anew"))


def database_identity(env: Mapping[str, str]) -> str:
    """A word that changes when the database is another one, though not with its port."""
    private = "DATABASE_URL" not in os.environ
    if not private:
        return hashlib.sha256(env["DATABASE_URL"].encode()).hexdigest()
    return str(state.load().get("postgres_made", ""))


def _once(name: str, digest: str, env: Mapping[str, str], *command: str) -> None:
    if state.load().get(f"prepared_{name}") == digest:
        return
    print(f"Running manage.py {command[0]} ...", flush=True)
    code = commands.manage(*command, "--verbosity", "0", env=env)
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise Plain(f"manage.py {command[0]} failed: the reason stands above.")
    _remember(name, digest)


def _remember(name: str, digest: str) -> None:
    state.save({**state.load(), f"prepared_{name}": digest})


def _contents(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(os.fsencode(file.relative_to(places.ROOT)) + b"\0")
        digest.update(file.read_bytes())
    return digest.hexdigest()
