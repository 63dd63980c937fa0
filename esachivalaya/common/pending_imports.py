"""CSV files between upload and loading: kept as they came, shown as what they would do.

Loading a kept file loads exactly the content that was looked at, once, and only when it still does
what the person was shown; otherwise nothing is loaded and the new preview is shown.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.functional import Promise

from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.csv_file import ImportRefused
from esachivalaya.common.csv_import import Layout, Report
from esachivalaya.common.csv_import import load as load_layout
from esachivalaya.common.idempotency import digest_of
from esachivalaya.common.models import PendingImport
from esachivalaya.common.retry import on_deadlock

KEPT = timedelta(days=1)
CHANGES_SHOWN = 50
PROBLEMS_SHOWN = 500


class Loader(Protocol):
    """Loads the file at ``path``, all or nothing, and says what was done; raises ImportRefused.

    With ``dry_run`` it only says what it would do.
    """

    def __call__(self, path: Path, *, by: Any, dry_run: bool) -> Report[Any]: ...


@dataclass(frozen=True)
class CsvImport:
    """One table that can be loaded from a file: what the file holds and who may do it."""

    kind: str
    title: str | Promise
    purpose: str | Promise
    columns: tuple[str, ...]
    load: Loader
    may: Callable[[Any], bool]
    optional: tuple[str, ...] = ()


def of_layout(layout: Layout[Any]) -> Loader:
    """Return the loader of a table whose rows stand in the file as they are stored."""

    def load(path: Path, *, by: models.Model | None, dry_run: bool) -> Report[Any]:
        return load_layout(path, layout, by=by, dry_run=dry_run)

    return load


@dataclass(frozen=True)
class Preview:
    """What loading a file would do: how many rows, the first changes, or all that is wrong."""

    new: int = 0
    changed: int = 0
    same: int = 0
    changes: list[str] = field(default_factory=list)
    more_changes: int = 0
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0
    # Of all changes and counts, shown or not.
    digest: str = ""

    @property
    def does_something(self) -> bool:
        return not self.problems and bool(self.new or self.changed)


class PreviewOutdated(Refusal):
    """The page was shown before the preview was made anew."""


def preview_of(pending: PendingImport) -> Preview:
    """Return what ``pending`` was last seen to do."""
    return Preview(**pending.preview)


@on_deadlock
@transaction.atomic
def keep(*, importing: CsvImport, content: bytes, file_name: str, by: Any) -> PendingImport:
    """Keep an uploaded file with its preview; nothing of it is loaded.

    Only who may load the table keeps a file for it.
    """
    if not importing.may(by):
        raise PermissionDenied("This table is loaded by others.")
    return PendingImport.objects.create(
        kind=importing.kind,
        file_name=file_name,
        content=content,
        digest=PendingImport.digest_of(content),
        by=by,
        preview=asdict(_tried(importing, content, by, dry_run=True)),
    )


@on_deadlock
@transaction.atomic
def load_kept(*, importing: CsvImport, pending: PendingImport, shown: str, by: Any) -> bool:
    """Load ``pending``, whose preview ``shown`` the person saw; whether it is loaded now.

    However often it is sent, the file is loaded once. It is loaded whole, and only when it does
    what was shown: if the tables changed meanwhile nothing is loaded, and its preview is what it
    would do now. Raises :class:`PreviewOutdated` when the page was older than the preview.
    """
    if not (importing.may(by) and pending.by_id == by.pk and pending.kind == importing.kind):
        raise PermissionDenied("Only who uploaded a file loads it.")
    kept = PendingImport.objects.select_for_update().get(pk=pending.pk)
    if kept.loaded_at is not None:
        return True
    before = preview_of(kept)
    if before.digest != shown or not before.does_something:
        raise PreviewOutdated("The preview was made anew.")
    with transaction.atomic():
        found = _tried(importing, bytes(kept.content), by, dry_run=False)
        if found.digest != before.digest:
            transaction.set_rollback(True)
    if found.digest != before.digest:
        kept.preview = asdict(found)
        kept.save(update_fields=["preview"])
        return False
    kept.loaded_at, kept.content = now(), b""
    kept.save(update_fields=["loaded_at", "content"])
    return True


def forget_old() -> int:
    """Remove the files that were uploaded more than a day ago."""
    old = PendingImport.objects.filter(made_at__lt=ClockTimestamp() - KEPT)
    removed, _by_model = old.delete()
    return removed


def _tried(importing: CsvImport, content: bytes, by: Any, *, dry_run: bool) -> Preview:
    """Return what loading did or would do; what is wrong with the file stands in it as well."""
    try:
        with transaction.atomic(), _as_file(content) as path:
            return _done(importing.load(path, by=by, dry_run=dry_run))
    except ImportRefused as refused:
        problems = [str(problem) for problem in refused.problems]
        return Preview(
            problems=problems[:PROBLEMS_SHOWN],
            more_problems=max(len(problems) - PROBLEMS_SHOWN, 0),
            digest=digest_of({"problems": problems}),
        )


def _done(report: Report[Any]) -> Preview:
    return Preview(
        new=report.new,
        changed=report.changed,
        same=report.same,
        changes=report.changes[:CHANGES_SHOWN],
        more_changes=max(len(report.changes) - CHANGES_SHOWN, 0),
        digest=digest_of(asdict(report)),
    )


@contextmanager
def _as_file(content: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)
