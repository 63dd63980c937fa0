"""Which donors fit a hospital's need, and asking them through the portal.

Plasma fits the other way round than red cells (plasma/blood.py). Of those who fit, whoever lives
nearest to the hospital's district is proposed first, and of these whoever was asked longest ago.
Donors and hospitals never learn of each other. Source: domain rules of plasma, "Request".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.notifications.models import NumberMark, OptOut
from officials.models import District
from plasma.blood import groups_for
from plasma.distances import km_between
from plasma.identity import MOST_ON_A_NUMBER
from plasma.models import (
    Bank,
    Campaign,
    Cohort,
    ConsentEntry,
    Donor,
    DonorPhone,
    FunnelCount,
    Invitation,
    PlasmaRequest,
    Pledge,
    Proposal,
)
from plasma.permissions import may_run
from plasma.services import funnel, looks, planning, switch
from plasma.services.appeals import NEED, last_words
from plasma.services.campaigns import one_person

# One campaign in so many days for one person, and a hospital's need is one.
ASKED_ONCE_IN = timedelta(days=30)
# So many donors are proposed at a time; five for each unit, since most do not answer.
FOR_EACH_UNIT, MOST = 5, 50
PACE = 600


@on_deadlock
@transaction.atomic
def propose(*, request: PlasmaRequest, by: User) -> int:
    """Look for donors who fit the request and are not proposed for it yet; return how many."""
    row = _locked(request, by)
    moment = now()
    if row.proposals.filter(status=Proposal.Status.PROPOSED).count() >= MOST:
        raise Refused("many", _("Ask or pass over those who stand on the list first."))
    count = min(row.units * FOR_EACH_UNIT, MOST)
    districts = dict(District.objects.values_list("pk", "code"))
    known = row.proposals.values("donor_id")
    found = list(_nearest(row, moment, districts).exclude(pk__in=known)[:count])
    banks = list(Bank.objects.filter(active=True).select_related("district").order_by("code"))
    if not banks:
        raise Refused("no_bank", _("No bank takes donors at present."))
    last = row.proposals.order_by("-rank").values_list("rank", flat=True).first() or 0
    Proposal.objects.bulk_create(
        Proposal(
            request=row,
            donor=donor,
            bank=_nearest_bank(banks, districts.get(donor.district_id or 0) or _home(row)),
            rank=rank,
            made_at=moment,
        )
        for rank, donor in enumerate(found, start=last + 1)
    )
    # The list shows group, district and when somebody was asked: a look at each of them.
    looks.note_all(found, by=by, purpose=looks.MATCHING)
    record(row, "need_matched", at=moment, by=by, data={"donors": len(found)})
    return len(found)


@on_deadlock
@transaction.atomic
def ask(*, proposal: Proposal, by: User, version: int) -> Invitation:
    """Ask this donor, by a message that names neither illness nor hospital; the link is theirs.

    The hospital's officer who asked, and the one who asks the donor, are two people. Refused for a
    donor who does not fit any more: who said stop, was asked elsewhere, or has pledged meanwhile.
    """
    if not switch.locked().on:
        raise Refused("switch", _("All campaigns are switched off at present."))
    need = _locked(proposal.request, by)
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.version != version or row.status not in {
        Proposal.Status.PROPOSED,
        Proposal.Status.PASSED_OVER,
    }:
        raise Overtaken(row)
    if one_person(need.made_by, by):
        raise Refused(
            "second_officer", _("Another officer than the one who asked for it does this.")
        )
    moment = now()
    donor: Any = _fit(need, moment).filter(pk=row.donor_id).first()
    if donor is None:
        raise Refused("not_fit", _("This donor cannot be asked any more."))
    campaign = _campaign_of(need, by, moment)
    made = Invitation.objects.bulk_create(
        [
            Invitation(
                campaign=campaign,
                donor=donor,
                phone=donor.reached_at,
                segments=planning.segments_for(campaign, donor),
            )
        ],
        ignore_conflicts=True,
    )
    invitation = Invitation.objects.filter(campaign=campaign, donor=donor).first()
    if not made or invitation is None:
        raise Refused("not_fit", _("This donor cannot be asked any more."))
    funnel.add(campaign, FunnelCount.Step.INVITED)
    move(row, to=Proposal.Status.ASKED, invitation=invitation, asked_at=moment, asked_by=by)
    record(need, "need_donor_asked", at=moment, by=by, data={"donor": donor.pk})
    return invitation


@on_deadlock
@transaction.atomic
def pass_over(*, proposal: Proposal, by: User, version: int) -> Proposal:
    """Leave this donor be; another look may bring the officer back to it."""
    need = _locked(proposal.request, by)
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.version != version or row.status != Proposal.Status.PROPOSED:
        raise Overtaken(row)
    move(row, to=Proposal.Status.PASSED_OVER)
    record(need, "need_donor_passed_over", at=now(), by=by, data={"donor": row.donor_id})
    return row


def _locked(request: PlasmaRequest, by: User) -> PlasmaRequest:
    """Return the request, locked and open; else PermissionDenied, Overtaken."""
    if not may_run(by):
        raise PermissionDenied
    row = (
        PlasmaRequest.objects.select_for_update(of=("self",))
        .select_related("hospital__district", "campaign", "made_by")
        .get(pk=request.pk)
    )
    if row.status != PlasmaRequest.Status.OPEN or row.needed_by <= now():
        raise Overtaken(row)
    return row


def _nearest(row: PlasmaRequest, moment: datetime, districts: dict[int, str]) -> QuerySet[Donor]:
    """Return those who fit, in the order in which they are proposed."""
    far = [When(district=pk, then=km_between(_home(row), code)) for pk, code in districts.items()]
    km = Case(*far, default=Value(10_000), output_field=IntegerField())
    return (
        _fit(row, moment)
        .annotate(km=km)
        .order_by("km", F("last_asked_at").asc(nulls_first=True), "pk")
    )


def _home(row: PlasmaRequest) -> str:
    return row.hospital.district.code


def _nearest_bank(banks: Sequence[Bank], district: str) -> Bank:
    return min(banks, key=lambda bank: (km_between(bank.district.code, district), bank.code))


def _fit(row: PlasmaRequest, moment: datetime) -> QuerySet[Donor]:
    """Return the donors who may be asked for ``row``, with the number ``reached_at``.

    By the rules of a campaign: no stop, no wish to wait, not asked lately, on consent or for the
    first time, nobody who is asked or has pledged already.
    """
    own = DonorPhone.objects.filter(donor=OuterRef("pk"), wrong_at__isnull=True)
    mark = NumberMark.objects.filter(channel="sms", address=OuterRef("phone"), until__gt=moment)
    refusal = OptOut.objects.filter(channel="sms", address=OuterRef("phone"))
    others = DonorPhone.objects.filter(phone=OuterRef("phone"), wrong_at__isnull=True)
    crowd = others.order_by().values("phone").annotate(people=Count("pk"))
    crowded = crowd.filter(people__gt=MOST_ON_A_NUMBER)
    phone = (
        own.exclude(Exists(mark)).exclude(Exists(crowded)).order_by("position").values("phone")[:1]
    )
    word = last_words().filter(donor=OuterRef("pk")).values("act")[:1]
    # Who came by themselves is on no list: they are asked by their consent alone.
    lists = Cohort.objects.filter(kind=Cohort.Kind.IMPORTED, data_leave_on__gt=day_of(moment))
    open_ = Invitation.objects.filter(donor=OuterRef("pk"), status__in=Invitation.OPEN)
    pledged = Pledge.objects.filter(donor=OuterRef("pk"), status__in=Pledge.OPEN)
    return (
        Donor.objects.living()
        .filter(stopped_at__isnull=True, blood_group__in=groups_for(row.recipient_group))
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=day_of(moment)))
        .filter(Q(last_asked_at__isnull=True) | Q(last_asked_at__lte=moment - ASKED_ONCE_IN))
        .annotate(reached_at=Subquery(phone), word=Subquery(word))
        .filter(reached_at__isnull=False)
        .filter(
            Q(word=ConsentEntry.Act.GIVEN)
            | Q(
                Exists(lists.filter(donors=OuterRef("pk"))),
                word__isnull=True,
                last_asked_at__isnull=True,
            )
        )
        .exclude(Exists(own.filter(Exists(refusal))))
        .exclude(Exists(open_))
        .exclude(Exists(pledged))
    )


def _campaign_of(need: PlasmaRequest, by: User, moment: datetime) -> Campaign:
    """Return the campaign in which donors are asked for ``need``; a new one where none runs."""
    if need.campaign is not None and need.campaign.status == Campaign.Status.RUNNING:
        return need.campaign
    if need.campaign is not None and need.campaign.status == Campaign.Status.PAUSED:
        raise Refused("paused", _("Asking for this request is paused at present."))
    first, last = settings.APPEAL_HOURS
    made = Campaign.objects.create(
        kind=Campaign.Kind.NEED,
        name=need.reference,
        template=NEED,
        pace=PACE,
        first_hour=first,
        last_hour=last,
        ends_at=need.needed_by,
        status=Campaign.Status.RUNNING,
        made_by=by,
        proposed_by=need.made_by,
        approved_by=by,
        approved_at=moment,
        started_at=moment,
        allowance_at=moment,
    )
    PlasmaRequest.objects.filter(pk=need.pk).update(campaign=made)
    record(made, "campaign_started", at=moment, by=by, data={"need": need.pk}, new=True)
    return made
