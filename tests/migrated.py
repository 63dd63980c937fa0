"""One migrated database that every run of the tests is copied from: migrating takes half a minute.

Its name says which migrations made it, and what they read. The first run after a change migrates
its own database and leaves a copy behind; the others that begin meanwhile wait for it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import psycopg2
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2 import sql

PREFIX = "template_esachivalaya_"
# Whoever goes back and forth between two states of the code finds both.
MOST_LEFT = 3
APPS = ("esachivalaya", "officials", "appointments", "meetings", "kendras", "plasma", "eoffice")
# Migrations themselves, what they load, and the code that they call.
READ = (
    "**/migrations/*.py",
    "**/data/*",
    "common/*.py",
    "notifications/*.py",
    "settings.py",
)


class Migrated:
    """The database to copy from, held until this run's own database is there."""

    def __init__(self, link: BaseDatabaseWrapper) -> None:
        self._link = link
        self._name = PREFIX + _digest()
        self._lock: int | None = None

    @property
    def name(self) -> str:
        """What it is called; it is there once a run has begun."""
        return self._name

    def use(self) -> None:
        """Let Django copy the test database from it; where it is missing, it is to be left."""
        self._hold(fcntl.LOCK_SH)
        if self._name not in self._names():
            self._hold(fcntl.LOCK_EX)
        if self._name in self._names():
            self._link.settings_dict["TEST"]["TEMPLATE"] = self._name

    def leave(self) -> None:
        """Leave a copy of the database that was migrated just now, unless there was one."""
        self._link.close()
        if self._name not in self._names():
            with self._link._nodb_cursor() as cursor:
                for name in self._names()[:-MOST_LEFT]:
                    _say(cursor, "DROP DATABASE IF EXISTS {}", name)
                own = str(self._link.settings_dict["NAME"])
                _say(cursor, "CREATE DATABASE {} TEMPLATE {}", self._name, own)
        assert self._lock is not None
        os.close(self._lock)
        self._lock = None

    def _hold(self, how: int) -> None:
        if self._lock is None:
            path: Path = settings.BASE_DIR / ".run" / "tests-migrated.lock"
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, how)

    def _names(self) -> list[str]:
        """Return the migrated databases that there are, the oldest first."""
        with self._link._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid", [f"{PREFIX}%"]
            )
            return [str(name) for (name,) in cursor.fetchall()]


def _say(cursor: Any, words: str, *names: str) -> None:
    said = sql.SQL(words).format(*map(sql.Identifier, names))
    cursor.execute(said.as_string(cursor.connection))


def _digest() -> str:
    """Name what the migrations are and read, so that a change of it asks for another database."""
    digest = hashlib.sha256(f"{django.VERSION} {psycopg2.__version__}".encode())
    for path in _read():
        digest.update(f"\0{path.relative_to(settings.BASE_DIR)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _read() -> Iterator[Path]:
    found = {
        path
        for app in APPS
        for pattern in READ
        for path in (settings.BASE_DIR / app).glob(pattern)
        if path.is_file()
    }
    yield from sorted(found)
