"""Confirming several requests at once, each through the service that confirms one."""

from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.admin.overtaken import who_won
from appointments.models import Request
from appointments.services.answers import confirm
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.formats import grouped_reference
from esachivalaya.common.idempotency import KeyMisused, new_key, once
from esachivalaya.common.states import Overtaken


@dataclass
class Told:
    """What became of a bulk answer: one sentence for what was done, one for each that was not."""

    done: str = ""
    not_done: list[str] = field(default_factory=list)


def confirm_all(request: HttpRequest, rows: list[Request]) -> Told:
    """Confirm each of ``rows`` at the time asked, in a transaction of its own.

    The form's key counts per request, so that sending it twice says the same and does nothing
    twice; the versions it shows are those that the person saw.
    """
    told, confirmed = Told(), 0
    by = cast("User", request.user)
    key = request.POST.get("key", "").replace("\x00", "") or new_key()
    for row in rows:
        shown = request.POST.get(f"version_{row.pk}", "")
        version = int(shown) if shown.isascii() and shown.isdecimal() else row.version
        try:
            once(
                request,
                # Bound now: the loop goes on before anybody could mix the rows up.
                lambda row=row, version=version: confirm(  # type: ignore[misc]
                    request=row, by=by, version=version
                ),
                form="office.confirm",
                key=f"{key[:40]}:{row.pk}",
                asked={"version": version},
            )
        except Overtaken as lost:
            told.not_done.append(_not_done(row, who_won(lost.row)))
        except Refused as refusal:
            told.not_done.append(_not_done(row, str(refusal.message)))
        except KeyMisused:
            told.not_done.append(_not_done(row, _("This was sent before with other data.")))
        else:
            confirmed += 1
    if confirmed:
        told.done = ngettext(
            "%(count)s request is confirmed at the time asked. The citizen is told.",
            "%(count)s requests are confirmed at the time asked. The citizens are told.",
            confirmed,
        ) % {"count": confirmed}
    return told


def _not_done(row: Request, why: str) -> str:
    return _("%(reference)s (%(name)s) is not confirmed. %(why)s") % {
        "reference": grouped_reference(row.reference),
        "name": row.citizen.name,
        "why": why,
    }
