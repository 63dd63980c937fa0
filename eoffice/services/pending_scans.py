"""Scans between upload and diary number: kept when the form comes back, so that none is sent twice.

The form carries a signed token for each. It is good for who uploaded the scan, at the desk where
they did, for a day; the scan itself is shown to nobody before it belongs to a letter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eoffice.models import PendingScan
from eoffice.permissions import Seat
from eoffice.services.refusals import Refused
from esachivalaya.common import scans, stored_files, uploads
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.models import StoredFile
from esachivalaya.common.retry import on_deadlock

KEPT = timedelta(days=1)
# Of one person at one desk; the oldest go first.
MOST_KEPT = 30
GONE = _("A scan was kept for a day only and is gone. Choose it again.")


@dataclass(frozen=True)
class Kept:
    """A scan that waits: what the form says of it. ``token`` is what the form carries."""

    pk: int
    name: str
    sha256: str
    content_type: str
    size: int
    pages: int
    token: str

    @property
    def facts(self) -> str:
        """What it is and how much, in the reader's language."""
        like = StoredFile(content_type=self.content_type, size=self.size, pages=self.pages)
        return like.facts


@on_deadlock
def keep(*, seat: Seat, upload: "UploadedFile[Any]") -> Kept:
    """Judge ``upload`` and keep it for who sits in ``seat``.

    Raises ValidationError with what is wrong with it.
    """
    scan = scans.checked(upload)
    try:
        with transaction.atomic():
            stored = stored_files.keep(scan)
            row = PendingScan.objects.create(
                desk=seat.desk, by=seat.charge.user, name=scan.name, stored=stored
            )
            older = _theirs(seat).order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:]
            PendingScan.objects.filter(pk__in=list(older)).delete()
    except stored_files.StoreAway as problem:
        raise uploads.not_kept(scan.name) from problem
    finally:
        scan.file.close()
    return _kept(seat, row.pk, row.name, stored)


def read(*, seat: Seat, tokens: Iterable[str]) -> list[Kept]:
    """Return what ``tokens`` stand for, each once; what is not from this desk and person is none.

    Nothing is asked of the database: the form that was sent twice says the same twice.
    """
    found: dict[int, Kept] = {}
    for token in list(tokens)[: scans.MOST * 2]:
        try:
            said = signing.loads(token, salt=_salt(seat), max_age=KEPT)
        except signing.BadSignature:
            continue
        found.setdefault(said[0], _of(said, token))
    return list(found.values())


def take(*, seat: Seat, kept: Sequence[Kept]) -> list[tuple[str, StoredFile]]:
    """Return the papers of ``kept`` for the letter they belong to, in the caller's transaction.

    They wait no more. :class:`Refused` when one was removed meanwhile.
    """
    rows = _theirs(seat).select_related("stored").select_for_update(of=("self",))
    there = {row.pk: row for row in rows.filter(pk__in=[one.pk for one in kept]).order_by("pk")}
    if len(there) != len(kept):
        raise Refused("papers", GONE, field="papers")
    PendingScan.objects.filter(pk__in=list(there)).delete()
    return [(there[one.pk].name, there[one.pk].stored) for one in kept]


def forget(*, seat: Seat, kept: Sequence[Kept]) -> None:
    """Remove what waited for a form that had been sent before."""
    _theirs(seat).filter(pk__in=[one.pk for one in kept]).delete()


def forget_old() -> int:
    """Remove what was uploaded more than a day ago; its file goes with the hourly sweep."""
    old = PendingScan.objects.filter(kept_at__lt=ClockTimestamp() - KEPT)
    removed, _by_model = old.delete()
    return removed


def _theirs(seat: Seat) -> Any:
    return PendingScan.objects.filter(desk=seat.desk.pk, by=seat.charge.user)


def _kept(seat: Seat, pk: int, name: str, stored: StoredFile) -> Kept:
    said: list[Any] = [pk, name, stored.sha256, str(stored.content_type), stored.size]
    said.append(stored.pages or 1)
    return _of(said, signing.dumps(said, salt=_salt(seat)))


def _of(said: list[Any], token: str) -> Kept:
    pk, name, sha256, content_type, size, pages = said
    return Kept(pk, name, sha256, content_type, size, pages, token)


def _salt(seat: Seat) -> str:
    return f"eoffice.scan:{seat.desk.pk}:{seat.charge.user.pk}"
