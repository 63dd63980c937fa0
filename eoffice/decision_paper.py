"""What was decided in a meeting, as a paper of its receipt: as it stood when it was diarised.

A file like any scan, kept by its digest: whatever becomes of the request, the paper says what the
office went on with. In the language of the meeting.
"""

import hashlib
import io

import pypdf
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from appointments.models import Outcome
from eoffice import pdf
from esachivalaya.common.clock import day_of
from esachivalaya.common.formats import date_long, datetime_long
from esachivalaya.common.references import grouped
from esachivalaya.common.uploads import PDF, Paper


def paper_of(outcome: Outcome) -> tuple[str, Paper]:
    """Return the paper of ``outcome`` with its name."""
    with override(outcome.request.language):
        name = _("Decision of the meeting") + ".pdf"
        sheet = _sheet(outcome)
    content = pdf.letter(sheet)
    pages = len(pypdf.PdfReader(io.BytesIO(content)).pages)
    return name, Paper(name, PDF, content, hashlib.sha256(content).hexdigest(), pages)


def _sheet(outcome: Outcome) -> pdf.Sheet:
    request = outcome.request
    english = request.language == "en"
    state = settings.STATE_NAME_EN if english else settings.STATE_NAME_HI
    government = _("Government of %(state)s") % {"state": state}
    return pdf.Sheet(
        language=request.language,
        letterhead=f"{government}\n{request.post.title_en if english else request.post.title_hi}",
        form=_("Outcome of a meeting"),
        subject=request.subject,
        body=_body(outcome),
        to=[],
        number=grouped(request.reference),
        dated=day_of(outcome.recorded_at),
        signatory_name=str(outcome.recorded_by),
        signatory_post=_("Recorded at %(moment)s") % {"moment": datetime_long(outcome.recorded_at)},
        foot=_("As it stood when the receipt was diarised."),
    )


def _body(outcome: Outcome) -> str:
    request = outcome.request
    lines = [_("Citizen: %(name)s") % {"name": request.citizen.name}]
    if request.starts_at is not None:
        lines.append(_("Meeting: %(moment)s") % {"moment": datetime_long(request.starts_at)})
    lines += ["", _("What was decided:"), outcome.decision]
    actions = list(outcome.actions.select_related("post").order_by("position"))
    if actions:
        lines += ["", _("To be done:")]
    words = _("%(number)s. %(what)s (%(post)s, by %(day)s)")
    lines += [
        words
        % {
            "number": number,
            "what": action.what,
            "post": action.post,
            "day": date_long(action.by_day),
        }
        for number, action in enumerate(actions, 1)
    ]
    return "\n".join(lines)
