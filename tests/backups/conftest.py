"""A portal with something in it, and empty places to restore it into."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import override_settings
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from eoffice.services import moving
from eoffice.services.moving import Sent
from esachivalaya.audit import anchors, services
from esachivalaya.common import clock, stored_files
from esachivalaya.notifications.models import Message, MessageTemplate
from tests import database
from tests.desks import filed, make_branch, noted
from tests.papers import paper, pdf, picture
from tests.people import make_district

SECRETS = {
    "SECRET_KEY": "backups-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
    "AUDIT_ANCHOR_KEY": "backups-only-zyxwvutsrqponmlkjihgfedcba-9876543210-ZYXWVUTSRQPONML",
}


@dataclass(frozen=True)
class Place:
    """A database and a folder, as the commands are told of them."""

    name: str
    folder: Path

    def command(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run one of the portal's commands there, as people do."""
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=portal.BASE_DIR,
            env={**os.environ, **self._environment()},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def started(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start such a command and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=portal.BASE_DIR,
            env={**os.environ, **self._environment()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object, **more: object) -> "subprocess.CompletedProcess[str]":
        """The same within this process, which saves its start; ``more`` are settings."""
        said, problems, code = StringIO(), StringIO(), 0
        with self.inside(**more):
            try:
                call_command(*map(str, arguments), stdout=said, stderr=problems)
            except CommandError as problem:
                code = 1
                problems.write(f"CommandError: {problem}")
        return subprocess.CompletedProcess([], code, said.getvalue(), problems.getvalue())

    @contextmanager
    def inside(self, **more: object) -> Iterator[None]:
        """In this process the portal is there, and its owner asks."""
        before = dict(connection.settings_dict)
        owner = portal.OWNER_DATABASE
        kept_in = {"location": self.folder / "papers"}
        with override_settings(
            **{"DATA_DIR": self.folder, "STORAGES": papers_in(**kept_in), **SECRETS, **more}
        ):
            connection.close()
            way = {name: owner[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
            connection.settings_dict.update(NAME=self.name, **way)
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict.update(before)

    def asked(self, statement: str) -> list[dict[str, Any]]:
        """What its owner is told."""
        with self.link() as link, link.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement)
            return [dict(row) for row in cursor.fetchall()]

    def link(self, *, portal_role: bool = False) -> Any:
        role = portal.DATABASE if portal_role else portal.OWNER_DATABASE
        parameters = {**database.owner_parameters(connection), "dbname": self.name}
        return psycopg2.connect(
            **{**parameters, "user": role["USER"], "password": role["PASSWORD"]}
        )

    def files(self) -> list[str]:
        return sorted(
            str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()
        )

    def tables(self) -> list[str]:
        found = self.asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row["tablename"] for row in found]

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self._url(portal.DATABASE),
            "DATABASE_OWNER_URL": self._url(portal.OWNER_DATABASE),
            "DATA_DIR": str(self.folder),
            "BACKUP_RECIPIENTS": "",
            **SECRETS,
        }

    def _url(self, role: dict[str, Any]) -> str:
        where = database.owner_parameters(connection)
        return (
            f"postgresql://{role['USER']}:{quote(role['PASSWORD'])}@{where['host']}:{where['port']}"
            f"/{self.name}"
        )


def papers_in(**place: Path) -> dict[str, Any]:
    """Storages with the papers in another place."""
    default: Any = portal.STORAGES["default"]
    there = {**default, "OPTIONS": {**default["OPTIONS"], **place}}
    return {**portal.STORAGES, "default": there}


@pytest.fixture
def lived_in(transactional_db: None, settings: Any, tmp_path: Path) -> Place:
    """A portal with a file that moved, two papers, a message that waits, and its record sealed."""
    folder = tmp_path / "portal"
    settings.DATA_DIR = folder
    settings.AUDIT_ANCHOR_KEY = SECRETS["AUDIT_ANCHOR_KEY"]
    settings.STORAGES = papers_in(location=folder / "papers")
    branch = make_branch()
    file = filed(branch)
    noted(file, branch.assistant, branch.seema)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    with transaction.atomic():
        services.record(make_district("REW"), "made", at=clock.now(), data={"name": "Rewari"})
        stored_files.keep(paper(pdf(label="a letter")))
        stored_files.keep(paper(picture(), name="photo.jpg"))
        Message.objects.create(
            key="backups",
            channel="sms",
            klass="transactional",
            template=MessageTemplate.objects.all()[0],
            to="+919800000001",
            language="hi",
            body="नमस्ते",
        )
    anchors.seal_the_day()
    return Place(connection.settings_dict["NAME"], folder)


@pytest.fixture
def empty_place(db: None, tmp_path: Path) -> Iterator[Callable[[], Place]]:
    """Make an empty database and folder; both go after the test."""
    made: list[str] = []

    def make() -> Place:
        made.append(f"{database.PREFIX}{os.getpid()}_empty_{len(made)}")
        _as_owner("CREATE DATABASE {}", made[-1])
        return Place(made[-1], tmp_path / f"empty-{len(made)}")

    yield make
    for name in made:
        _as_owner("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _as_owner(statement: str, name: str) -> None:
    link = psycopg2.connect(**{**database.owner_parameters(connection), "dbname": "postgres"})
    try:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
    finally:
        link.close()
