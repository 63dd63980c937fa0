"""Desks from a CSV file: all or nothing, every mistake by its line, the same rules as by hand.

The posts and sections are there already; a desk is never closed by a file.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from eoffice.models import Desk, Rank
from eoffice.services.setting_up import save_set_up
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.csv_file import ImportRefused, Problem
from esachivalaya.common.csv_import import Report
from esachivalaya.common.csv_table import Table
from officials.models import Post, Section
from officials.permissions import sets_up

COLUMNS = ("code", "section", "rank", "registry")
RANKS = {rank.name.lower(): rank for rank in Rank}
REGISTRY = {"yes": True, "no": False, "": False}


def load_desks(path: Path, *, by: Any, dry_run: bool = False) -> Report[Desk]:
    """Load the desks of the file at ``path``; with ``dry_run`` only say what that would do.

    ``code`` is that of the post, ``section`` the code of a section of its department. Raises
    :class:`ImportRefused` with every problem that was found; then nothing is changed.
    """
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")
    with transaction.atomic():
        report = _load(Table(path, COLUMNS), by)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _load(table: Table, by: Any) -> Report[Desk]:
    problems, report = list(table.problems), Report[Desk]()
    posts = {post.code: post for post in Post.objects.filter(code__in=list(table.keys))}
    departments = {post.department_id for post in posts.values()}
    sections = {
        (one.department_id, one.code): one
        for one in Section.objects.filter(department__in=departments)
    }
    stored = Desk.objects.select_related("post", "section").in_bulk([p.pk for p in posts.values()])
    for line, cells in table.lines():
        try:
            row = _row(cells, posts, sections, stored)
            _save(row, stored.get(row.pk), by, report)
        except (ValueError, ValidationError, Refusal) as problem:
            problems.append(Problem(line, _words(problem)))
    if problems:
        raise ImportRefused(sorted(problems, key=lambda one: one.line))
    return report


def _row(
    cells: dict[str, str],
    posts: dict[str, Post],
    sections: dict[tuple[int, str], Section],
    stored: dict[int, Desk],
) -> Desk:
    """Return the desk that a line describes; ValueError says what is wrong with it."""
    post = posts.get(cells["code"])
    if post is None:
        raise ValueError(_("There is no post of the code “%(code)s”.") % cells)
    section = sections.get((post.department_id, cells["section"]))
    if section is None:
        raise ValueError(_("The post's department has no section “%(section)s”.") % cells)
    if cells["rank"] not in RANKS:
        told = {"rank": cells["rank"], "ranks": ", ".join(RANKS)}
        raise ValueError(_("“%(rank)s” is no rank. Ranks are: %(ranks)s.") % told)
    if cells["registry"] not in REGISTRY:
        raise ValueError(_("Write yes or no under “registry”."))
    before = stored.get(post.pk)
    return Desk(
        post=post,
        section=section,
        rank=RANKS[cells["rank"]],
        registry=REGISTRY[cells["registry"]],
        closed_at=before.closed_at if before else None,
        goes_to=before.goes_to if before else None,
    )


def _save(row: Desk, before: Desk | None, by: Any, report: Report[Desk]) -> None:
    names = ("section_id", "rank", "registry")
    if before is not None and all(getattr(before, one) == getattr(row, one) for one in names):
        report.same += 1
        return
    # A mistake in one line is told with those of the others: it undoes its own line alone here.
    with transaction.atomic():
        save_set_up(row=row, by=by)
    if before is None:
        report.new += 1
    else:
        report.changed += 1
        report.changes.append(f"{row.post.code}: {before.section.code} → {row.section.code}")


def _words(problem: Exception) -> str:
    if isinstance(problem, ValidationError):
        return " ".join(problem.messages)
    return str(problem)
