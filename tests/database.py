"""The test database: made by its owner, used by the portal's role, emptied by its owner."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.apps import AppConfig
from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.models.signals import pre_migrate
from psycopg2 import sql

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
LOADED = "loaded_by_migrations"
PREFIX = "test_esachivalaya_"
# How the names of all databases begin that a test may work on.
OF_TESTS = "test_"


class NotATests(Exception):
    """A test was about to work on a database that is not a test's: it may hold somebody's work."""


def refuse_a_real_one(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Close a connection that has just been made to a database that is no test's.

    A fixture that opens the way to the database before the test database is there would otherwise
    meet the one that the settings name.
    """
    if connection.alias == NO_DB_ALIAS:
        return
    try:
        must_be_a_tests(connection.settings_dict["NAME"])
    except NotATests:
        connection.close()
        raise


def must_be_a_tests(name: Any) -> None:
    """Raise unless a database of this name was made by tests, for tests."""
    if not str(name).startswith(OF_TESTS):
        raise NotATests(f"{name} is not a test's database.")


def become_owner(link: BaseDatabaseWrapper) -> None:
    """Connect from now on as the role that owns the tables."""
    _become(link, settings.OWNER_DATABASE)


def become_app(link: BaseDatabaseWrapper) -> None:
    """Connect from now on as the role that the portal runs under, which owns nothing."""
    _become(link, settings.DATABASE)


def _become(link: BaseDatabaseWrapper, role: dict[str, Any]) -> None:
    """Its way too is another one where the portal's role goes through a pooler."""
    link.close()
    link.settings_dict.update({name: role[name] for name in ("USER", "PASSWORD", "HOST", "PORT")})


def let_go(link: BaseDatabaseWrapper) -> None:
    """Have a pooler let go of this database, which could not be dropped otherwise.

    The portal's role may end its own connections, those that the pooler keeps for it too.
    """
    app, owner = settings.DATABASE, settings.OWNER_DATABASE
    if (app["HOST"], app["PORT"]) == (owner["HOST"], owner["PORT"]):
        return
    link.close()
    own = psycopg2.connect(
        **{**owner_parameters(link), "user": app["USER"], "password": app["PASSWORD"]}
    )
    with own, own.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user "
            "AND pid <> pg_backend_pid()"
        )
    own.close()


def name_of_this_run(link: BaseDatabaseWrapper) -> None:
    """Two runs at once must not drop each other's database."""
    link.settings_dict["TEST"]["NAME"] = f"{PREFIX}{os.getpid()}"


def drop_left_over(link: BaseDatabaseWrapper) -> None:
    """Drop databases of runs that were killed: their process is gone."""
    with link._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        for (name,) in cursor.fetchall():
            # A run may have more than one: what comes behind its number is which.
            process = name.removeprefix(PREFIX).partition("_")[0]
            if not Path(f"/proc/{process}").exists():
                drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
                cursor.execute(drop.as_string(cursor.connection))


@contextmanager
def default_privileges() -> Iterator[None]:
    """While migrating: what the owner makes, the portal's role may read and write."""

    def grant(sender: AppConfig, using: str, **_more: Any) -> None:
        from django.db import connections

        role = settings.DATABASE_APP_ROLE
        with connections[using].cursor() as cursor:
            for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES"):
                cursor.execute(f'ALTER DEFAULT PRIVILEGES GRANT {what} TO "{role}"')

    pre_migrate.connect(grant, weak=False)
    try:
        yield
    finally:
        pre_migrate.disconnect(grant)


def owner_parameters(link: BaseDatabaseWrapper) -> dict[str, Any]:
    """How psycopg2 connects to the test database as its owner, who goes through no pooler."""
    must_be_a_tests(link.settings_dict["NAME"])
    return {
        "dbname": link.settings_dict["NAME"],
        "host": settings.OWNER_DATABASE["HOST"],
        "port": settings.OWNER_DATABASE["PORT"],
        "user": settings.OWNER_DATABASE["USER"],
        "password": settings.OWNER_DATABASE["PASSWORD"],
    }


def remember_what_migrations_loaded(link: BaseDatabaseWrapper) -> None:
    """Copy the rows that migrations brought, so that emptying can put them back."""
    with link.cursor() as cursor:
        # Nothing of a test has to outlive a power cut.
        cursor.execute(
            f'ALTER DATABASE "{link.settings_dict["NAME"]}" SET synchronous_commit = off'
        )
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {LOADED}")
        for table in _filled(cursor, "public"):
            cursor.execute(f'CREATE TABLE {LOADED}."{table}" AS TABLE public."{table}"')


def empty(link: BaseDatabaseWrapper) -> None:
    """After a test that committed: back to the state right after the migrations.

    By the owner, since the portal's role may not TRUNCATE, and append-only tables refuse DELETE.
    """
    if transaction.get_connection().in_atomic_block:
        link.close()
    owner = psycopg2.connect(**owner_parameters(link))
    try:
        with owner, owner.cursor() as cursor:
            # A thread that died with its transaction open would hold us up for ever.
            cursor.execute("SET LOCAL lock_timeout = '20s'")
            names = ", ".join(f'public."{table}"' for table in _filled(cursor, "public"))
            if names:
                cursor.execute(f"TRUNCATE {names} CASCADE")
            for table in _filled(cursor, LOADED):
                cursor.execute(f'SELECT EXISTS (SELECT FROM public."{table}")')
                if not cursor.fetchone()[0]:
                    columns = _columns(cursor, table)
                    cursor.execute(
                        f'INSERT INTO public."{table}" ({columns}) '
                        f'SELECT {columns} FROM {LOADED}."{table}"'
                    )
    finally:
        owner.close()


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _columns(cursor: Any, table: str) -> str:
    """The columns one may write: the database fills in generated ones itself."""
    cursor.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    return str(cursor.fetchone()[0])


def _filled(cursor: Any, schema: str) -> list[str]:
    """Tables with rows, apart from those that Django keeps about itself."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
    tables = sorted({name for (name,) in cursor.fetchall()} - KEPT)
    if not tables:
        return []
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {schema}.\"{table}\")" for table in tables
    )
    cursor.execute(asked)
    return [name for (name,) in cursor.fetchall()]
