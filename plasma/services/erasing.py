"""Erasing donors: at their own wish, or because the time for keeping their data is over.

An erased row keeps its number, so that ledgers, donations and figures stay whole, and no word about
the person. What was still open with them ends; nothing goes out to them any more.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications import services as outbox
from plasma.identity import marks_of
from plasma.models import (
    ConsentEntry,
    Donor,
    DonorPhone,
    ErasedMark,
    Invitation,
    Pledge,
    Proposal,
)
from plasma.services import pledges
from plasma.services.consents import WORDING

How, Purpose = ConsentEntry.How, ConsentEntry.Purpose
# The kinds of subjects under which messages to donors stand in the outbox.
KINDS = ("plasma.invitation", "plasma.pledge", "plasma.proposal", "plasma.donor")
# What the ledger says for each donor who is erased: each consent that stood, and in any case that
# they are not asked any more.
WITHDRAW = """
INSERT INTO plasma_consententry (donor_id, act, purpose, how, wording, at, by_id)
SELECT donor.id, 'withdrawn', purpose.name, %(how)s, %(wording)s, %(at)s, %(by)s
  FROM unnest(%(donors)s::bigint[]) AS donor (id)
 CROSS JOIN unnest(%(purposes)s::text[]) AS purpose (name)
  LEFT JOIN LATERAL (
       SELECT act FROM plasma_consententry entry
        WHERE entry.donor_id = donor.id AND entry.purpose = purpose.name
        ORDER BY entry.id DESC LIMIT 1
       ) last ON true
 WHERE last.act = 'given' OR (purpose.name = 'appeals' AND last.act IS NULL)
 ORDER BY donor.id, purpose.name
"""


@on_deadlock
@transaction.atomic
def erase(donor: Donor, *, how: str, by: User | None = None) -> Donor:
    """Erase ``donor`` and return the row that is left; erased twice, it was erased once.

    Guarantees, in one transaction: name, year of birth, district, group, day of recovery and all
    numbers go; open invitations and pledges end, a held bed is free again; what waits in the
    outbox for this donor is taken back and what was sent is wiped, of nobody else on the same
    phone; every consent is withdrawn in the ledger, which stays. Who had themselves erased is not
    brought back by a list that still has them. Raises :class:`Refused` while the donor is being
    served at a bank. Source: domain rules of plasma, 5.
    """
    erase_all([donor.pk], how=how, by=by)
    row = Donor.objects.get(pk=donor.pk)
    if row.erased_at is None:
        raise Refused(
            "at_the_bank",
            _("You are at the bank just now. Please do this when the visit is over."),
        )
    return row


@transaction.atomic
def erase_all(pks: Sequence[int], *, how: str, by: User | None = None) -> int:
    """Erase these donors as :func:`erase` does, by a fixed number of statements.

    Those who are at a bank at this moment, and those erased before, are left as they are. Returns
    how many were erased.
    """
    living = Donor.objects.living().filter(pk__in=list(pks)).order_by("pk")
    rows = list(living.select_for_update(no_key=True).prefetch_related("phones"))
    at_a_bank = set(
        Pledge.objects.filter(donor__in=rows, status=Pledge.Status.ARRIVED).values_list(
            "donor_id", flat=True
        )
    )
    rows = [row for row in rows if row.pk not in at_a_bank]
    if not rows:
        return 0
    moment = now()
    ids = [row.pk for row in rows]
    of_pledges, of_invitations = _end_pledges(ids), _end_invitations(ids)
    _forget_messages(of_invitations, of_pledges, _end_proposals(ids), ids)
    with connection.cursor() as cursor:
        cursor.execute(
            WITHDRAW,
            {
                "donors": ids,
                "purposes": list(Purpose.values),
                "how": how,
                "wording": WORDING,
                "at": moment,
                "by": by.pk if by else None,
            },
        )
    if how != How.RETENTION:
        _keep_marks(rows)
    DonorPhone.objects.filter(donor__in=ids).delete()
    Donor.objects.filter(pk__in=ids).update(
        name="",
        given_name="",
        year_of_birth=None,
        district=None,
        blood_group="",
        recovered_on=None,
        not_before=None,
        last_asked_at=None,
        erased_at=moment,
    )
    actor = by.pk if by else None
    record_all(
        (Act(*subject_of(row), "erased", actor, data={"how": how}) for row in rows), at=moment
    )
    return len(rows)


def _end_pledges(donors: list[int]) -> list[int]:
    """Cancel the pledges that were still to be kept, as the donor would; return all there are."""
    open_ = pledges.related().filter(
        donor__in=donors, status__in=[Pledge.Status.MADE, Pledge.Status.BOOKED]
    )
    for pledge in open_.select_for_update(of=("self",)).order_by("pk"):
        pledges.give_up(pledge, moment=now(), tell=False)
    return list(Pledge.objects.filter(donor__in=donors).values_list("pk", flat=True))


def _end_invitations(donors: list[int]) -> list[int]:
    """End open invitations: what did not go is cancelled, the rest has no answer; return all.

    The number that stands in an invitation goes as well.
    """
    of_these = Invitation.objects.filter(donor__in=donors)
    open_ = dict(
        of_these.filter(status__in=Invitation.OPEN)
        .select_for_update()
        .order_by("pk")
        .values_list("pk", "status")
    )
    queued = [str(pk) for pk, status in open_.items() if status == Invitation.Status.QUEUED]
    templates = set(of_these.values_list("campaign__template", flat=True))
    back = outbox.cancelled_of(subject_kind=KINDS[0], subject_ids=queued, templates=templates)
    not_sent = [pk for pk, status in open_.items() if status == Invitation.Status.PLANNED]
    not_sent += [int(pk) for pk in back]
    waiting = Invitation.objects.filter(pk__in=open_)
    waiting.filter(pk__in=not_sent).update(
        status=Invitation.Status.CANCELLED, version=F("version") + 1
    )
    waiting.exclude(pk__in=not_sent).update(
        status=Invitation.Status.EXPIRED, version=F("version") + 1
    )
    of_these.update(phone="")
    return list(of_these.values_list("pk", flat=True))


def _end_proposals(donors: list[int]) -> list[int]:
    of_these = Proposal.objects.filter(donor__in=donors)
    for old, new in (
        (Proposal.Status.PROPOSED, Proposal.Status.PASSED_OVER),
        (Proposal.Status.ASKED, Proposal.Status.DECLINED),
    ):
        of_these.filter(status=old).update(status=new, version=F("version") + 1)
    return list(of_these.values_list("pk", flat=True))


def _forget_messages(*ids_by_kind: list[int]) -> None:
    for kind, ids in zip(KINDS, ids_by_kind, strict=True):
        if ids:
            outbox.forget_about(subject_kind=kind, subject_ids=[str(pk) for pk in ids])


def _keep_marks(rows: list[Donor]) -> None:
    marks = {
        mark
        for row in rows
        for mark in marks_of(
            [one.phone for one in row.phones.all()], row.given_name, row.year_of_birth
        )
    }
    ErasedMark.objects.bulk_create(
        [ErasedMark(mark=mark) for mark in sorted(marks)], ignore_conflicts=True
    )
