"""Issuing: an approved draft becomes the bytes that leave the office, with number and code.

Number, date and code stand in what is signed, so signing and issuing are one act. Source: domain
rules of e-Office, "Draft for approval" and invariants 3, 6.
"""

import hashlib
import io
from datetime import datetime

import pypdf
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from eoffice import pdf
from eoffice.models import Correspondence, Desk, Draft, File, Issue, Movement
from eoffice.permissions import Seat
from eoffice.services import drafts, ledger, letter_entries, numbers, signing
from eoffice.services.proofs import new_code
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import stored_files
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.common.uploads import PDF, Paper
from officials.models import Charge

UNSIGNED = _(
    "This draft is not signed by a certificate. Issue it unsigned only if it is signed on paper."
)


@on_deadlock
@transaction.atomic
def issue(
    *,
    draft: Draft,
    desk: Desk,
    by: User,
    version: int,
    passphrase: str = "",
    unsigned: bool = False,
) -> Issue:
    """Issue an approved draft: number, code and signature at once, or nothing of them.

    With ``passphrase`` it is signed by the certificate of ``by``, who must sit as the officer at
    the desk that signs. Without it the caller is warned first, and says ``unsigned``.
    """
    row, seat = drafts.held(draft, desk=desk, by=by, version=version)
    approval = drafts.approval_of(row)
    if row.status != Draft.Status.APPROVED or approval is None:
        raise Refused("not_approved", _("Only an approved draft is issued."))
    if not passphrase and not unsigned:
        raise Refused("unsigned", UNSIGNED, field="unsigned")
    moment = now()
    file = File.objects.select_related("item").get(pk=row.file_id)
    number, code = numbers.letter_number(file), new_code()
    sheet = sheet_of(row, number=number, code=code, moment=moment)
    content, certificate = pdf.letter(sheet), ""
    if passphrase:
        content, certificate = _signed(content, row, seat, passphrase)
        move(row, to=Draft.Status.SIGNED)
    issued = _kept(row, approval.version_id, content, sheet, certificate, seat, moment)
    _put_in_file(file, issued, content, seat, moment)
    move(row, to=Draft.Status.ISSUED)
    return issued


def sheet_of(
    draft: Draft, *, number: str = "", code: str = "", moment: datetime | None = None
) -> pdf.Sheet:
    """Return what stands on the letter; without a number it is a draft, and says so."""
    latest = drafts.latest_of(draft)
    people = list(draft.addressees.select_related("correspondent"))
    shown = [(one.copy, address_of(one.correspondent)) for one in people]
    with override(draft.language):
        return pdf.Sheet(
            language=draft.language,
            letterhead=draft.letterhead or _letterhead(draft),
            form=str(draft.get_form_display()),
            subject=latest.subject,
            body=latest.body,
            to=[text for copy, text in shown if not copy],
            copies=[text.replace("\n", ", ") for copy, text in shown if copy],
            signatory_name=_holder_of(draft.signatory),
            signatory_post=str(draft.signatory),
            number=number,
            dated=day_of(moment) if moment else None,
            code=code,
            verify_url=settings.PUBLIC_URL + reverse("verify", args=[code]) if code else "",
        )


def address_of(person: object) -> str:
    """Return name and address of a correspondent as they stand on a cover."""
    lines = [
        str(person),
        getattr(person, "address", ""),
        getattr(person, "pin_code", ""),
    ]
    return "\n".join(line for line in lines if line)


def _signed(content: bytes, draft: Draft, seat: Seat, passphrase: str) -> tuple[bytes, str]:
    if draft.signatory_id != seat.desk.pk or not seat.is_officer:
        raise Refused("signatory", _("It is signed at the desk that it names, by its officer."))
    certificate = signing.certificate_of(seat.charge.user)
    if certificate is None:
        raise Refused("no_certificate", _("Add your certificate first."), field="passphrase")
    signed = signing.sign(content, certificate=certificate, passphrase=passphrase)
    return signed, certificate.subject


def _kept(
    draft: Draft,
    version: int,
    content: bytes,
    sheet: pdf.Sheet,
    certificate: str,
    seat: Seat,
    moment: datetime,
) -> Issue:
    sha256 = hashlib.sha256(content).hexdigest()
    pages = len(pypdf.PdfReader(io.BytesIO(content)).pages)
    paper = Paper("letter.pdf", PDF, content, sha256, pages)
    return Issue.objects.create(
        draft=draft,
        version_id=version,
        number=sheet.number,
        stored=stored_files.keep(paper),
        sha256=sha256,
        code=sheet.code,
        signatory_name=sheet.signatory_name[:160],
        signatory_post=sheet.signatory_post[:160],
        certificate=certificate,
        desk=seat.desk,
        by=seat.charge.user,
        at=moment,
    )


def _put_in_file(file: File, issued: Issue, content: bytes, seat: Seat, moment: datetime) -> None:
    """Put the office copy on the right side, and the issue with its hash into the ledger."""
    pages = issued.stored.pages or 1
    File.objects.filter(pk=file.pk).update(last_page=F("last_page") + pages)
    last = File.objects.values_list("last_page", flat=True).get(pk=file.pk)
    Correspondence.objects.create(
        file=file,
        issue=issued,
        first_page=last - pages + 1,
        last_page=last,
        added_at=moment,
        added_at_desk=seat.desk,
        added_by=seat.charge.user,
    )
    told = {
        "issue": issued.pk,
        "number": issued.number,
        "sha256": issued.sha256,
        # Which words were approved, and went out.
        "version": issued.version_id,
        "words": issued.version.digest,
        "draft": issued.draft_id,
        **letter_entries.particulars_of(issued.draft),
    }
    ledger.append(file.item, Movement.Act.ISSUED, seat=seat, at=moment, more=told)


def _letterhead(draft: Draft) -> str:
    state = settings.STATE_NAME_EN if draft.language == "en" else settings.STATE_NAME_HI
    department = draft.made_at_desk.section.department
    return str(_("Government of %(state)s") % {"state": state}) + f"\n{department}"


def _holder_of(desk: Desk) -> str:
    holder = (
        Charge.objects.filter(post=desk.pk)
        .live()
        .filter(kind__in=[Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL, Charge.Kind.LINK_OFFICER])
        .select_related("user")
        .order_by("pk")
    )
    best = sorted(holder, key=lambda one: one.kind != Charge.Kind.HOLDER)
    return str(best[0].user) if best else ""
