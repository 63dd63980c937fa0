"""A database, a Valkey number and a folder that only this run uses, gone when it ends."""

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "bench_esachivalaya_"
VALKEY_NUMBERS = range(1, 16)


@contextmanager
def fresh() -> Iterator[None]:
    """While this lasts, the environment names an empty, migrated database nobody else uses."""
    database = f"{PREFIX}{os.getpid()}"
    server = owner_url()
    _drop_left_over(server)
    _make(server, database, role=str(urlsplit(os.environ["DATABASE_URL"]).username))
    try:
        with tempfile.TemporaryDirectory(prefix="esachivalaya-bench-") as folder:
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                given = os.environ.get(name) or os.environ["DATABASE_URL"]
                os.environ[name] = with_path(given, database)
            os.environ["DATA_DIR"] = folder
            os.environ["DJANGO_SETTINGS_MODULE"] = "esachivalaya.settings"
            with _valkey_number():
                subprocess.run(
                    [
                        sys.executable,
                        "manage.py",
                        "migrate",
                        "--noinput",
                        "--verbosity",
                        "0",
                        "--skip-checks",
                    ],
                    cwd=ROOT,
                    check=True,
                )
                yield
    finally:
        _drop(server, database)


@contextmanager
def copy_of(database: str, suffix: str) -> Iterator[str]:
    """Give a database that is what ``database`` is now; nobody may be connected to that."""
    server = with_path(owner_url(), "postgres")
    name = f"{database}_{suffix}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with _on_server(server) as cursor:
        cursor.execute(copy.format(sql.Identifier(name), sql.Identifier(database)))
    try:
        yield name
    finally:
        _drop(server, name)


@contextmanager
def empty(suffix: str) -> Iterator[str]:
    """Give a database beside that of this run in which there is nothing."""
    server = with_path(owner_url(), "postgres")
    name = f"{urlsplit(owner_url()).path.lstrip('/')}_{suffix}"
    with _on_server(server) as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        _drop(server, name)


def with_path(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def owner_url() -> str:
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


@contextmanager
def as_owner() -> Iterator[Any]:
    """A cursor of the role that owns the tables, for what the portal's role may not do."""
    link = psycopg2.connect(owner_url())
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


@contextmanager
def _on_server(url: str) -> Iterator[Any]:
    link = psycopg2.connect(url)
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


def _make(server: str, database: str, *, role: str) -> None:
    with _on_server(server) as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    # What the owner makes here, the portal's role may read and write, as everywhere else.
    with _on_server(with_path(server, database)) as cursor:
        for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES"):
            cursor.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES GRANT {} TO {}").format(
                    sql.SQL(what), sql.Identifier(role)
                )
            )


def _drop(server: str, database: str) -> None:
    """Drop the database; a session that has just ended may still be in it for a moment."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    with _on_server(server) as cursor:
        for _try in range(100):
            with contextlib.suppress(psycopg2.errors.ObjectInUse):
                cursor.execute(drop)
                return
            time.sleep(0.1)
        cursor.execute(drop)


def _drop_left_over(server: str) -> None:
    """Drop databases of runs that were killed: their process is gone."""
    with _on_server(server) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        left = [name for (name,) in cursor.fetchall()]
    for name in left:
        process = name.removeprefix(PREFIX).partition("_")[0]
        if not Path(f"/proc/{process}").exists():
            _drop(server, name)


@contextmanager
def _valkey_number() -> Iterator[None]:
    """Use a numbered database of Valkey that no test run holds, and leave it empty.

    The locks are those of tests/valkey.py: a number belongs to whoever holds its file.
    """
    for number in VALKEY_NUMBERS:
        lock = os.open(ROOT / ".run" / f"tests-valkey-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            os.close(lock)
    else:
        raise SystemExit("15 runs of tests or benchmarks are going on already: wait for one.")
    url = with_path(os.environ["REDIS_URL"], str(number))
    os.environ["REDIS_URL"] = url
    try:
        yield
    finally:
        with redis.Redis.from_url(url) as link:
            link.flushdb()
        os.close(lock)
