"""Erasing a person: at their own wish, or when nobody has used the number for three years.

The right to erasure of the Digital Personal Data Protection Act 2023, section 12. What remains is
what the State must be able to show (docs/privacy.md): that a request was made, what an office
answered and decided, how consent was given, and who did what; none of it names the person. The
proof of consent keeps the number to which its code went.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import (
    Citizen,
    Household,
    Nominee,
    NumberChange,
    SessionRecord,
    User,
)
from esachivalaya.accounts.services import matters, new_number
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.services import forget_words, record, subject_of
from esachivalaya.common import clock, registry, sweeps
from esachivalaya.common.retry import on_deadlock
from esachivalaya.notifications import services as outbox

logger = logging.getLogger(__name__)
# How a person's row reads once nothing is known of them.
NOBODY = "–"
# A number that nobody signed in with for so long; the draft of the State's retention schedule.
DORMANT = timedelta(days=3 * 365)
# So many people are erased in one sweep, each in a transaction of their own; so many households are
# looked at together.
AT_ONCE, TOGETHER = 100, 500


@on_deadlock
@transaction.atomic
def erase(*, person: Citizen, by: User | None) -> Citizen:
    """Erase ``person`` and return the row that is left; erased twice, they were erased once.

    Guarantees, in one transaction: name, Family ID, e-mail, district and nominee go; every app
    removes what it holds of them; messages about them are taken back and wiped; the words of the
    record about them go while its chain stays whole. Was it the last person of the household, its
    number goes too and its sign-ins end. Refused while something that they asked for is under way.
    """
    home = Household.objects.select_for_update().get(pk=person.household_id)
    locked = Citizen.objects.select_for_update().get(pk=person.pk)
    if locked.erased_at is not None:
        return locked
    if matters.has_open(locked):
        raise Refused(
            "open matters",
            _(
                "Something that this person asked for is still under way. Withdraw it first, or "
                "wait until it is over."
            ),
        )
    for kind, pk in {*matters.subjects_of([locked]), subject_of(locked)}:
        outbox.forget_about(subject_kind=kind, subject_ids=[pk])
    registry.erased(locked.pk)
    locked.erased_at = clock.now()
    locked.left_at = locked.left_at or locked.erased_at
    locked.name, locked.given_name = NOBODY, NOBODY
    locked.family_id = locked.email = locked.district_code = ""
    locked.email_proved_at = locked.adult_from = None
    locked.guardians.all().delete()
    Nominee.objects.filter(citizen=locked).delete()
    locked.save()
    forget_words(*_of(locked))
    record(locked, "person_erased", at=locked.erased_at, by=by)
    if not matters.people_of(home):
        _erase_household(home, by)
    return locked


def _of(row: Citizen | Household) -> tuple[str, list[str]]:
    kind, pk = subject_of(row)
    return kind, [pk]


def _erase_household(home: Household, by: User | None) -> None:
    """Let the number go, in the household, in its changes and at its sign-in, which is closed."""
    if home.phone:
        outbox.take_back_from(home.phone)
    # A change that waited would bring a number back to nobody.
    new_number.lapse(home, clock.now())
    NumberChange.objects.filter(household=home).update(old_phone="", new_phone="", reason="")
    home.phone = None
    home.save(update_fields=["phone"])
    if home.user_id is not None:
        User.objects.filter(pk=home.user_id).update(phone="", is_active=False)
        for signed_in in SessionRecord.objects.filter(user_id=home.user_id).select_related(
            "session"
        ):
            signed_in.session.delete()
    forget_words(*_of(home))
    record(home, "household_erased", at=clock.now(), by=by)


def erase_dormant() -> int:
    """Erase the people of numbers that nobody has used for three years, and let the numbers go.

    Used it is by a sign-in, by a new name, and by whatever somebody of the household asked for or
    has under way, at a Kendra too. A number of which nobody is left goes as well. Called by the
    hourly sweep, outside of any transaction: what fails is logged and keeps nobody else from it.
    Returns how many people, and numbers without people, went.
    """
    before = clock.now() - DORMANT
    erased, last = 0, 0
    while erased < AT_ONCE:
        homes = list(_silent(before).filter(pk__gt=last).order_by("pk")[:TOGETHER])
        if not homes:
            break
        last = homes[-1].pk
        used = _used(homes, before)
        for home in homes:
            if home.pk not in used and erased < AT_ONCE:
                erased += _erase_all_of(home)
    if erased:
        logger.info("Erased %s people of numbers that nobody uses.", erased)
    return erased


def _silent(before: datetime) -> QuerySet[Household]:
    """Households where nobody signed in or was named since ``before``, and something is left."""
    silent = Q(phone_seen_at__lt=before) | Q(phone_seen_at__isnull=True, created_at__lt=before)
    people = Citizen.objects.filter(household=OuterRef("pk"), erased_at__isnull=True)
    return Household.objects.filter(
        silent,
        Q(phone__isnull=False) | Exists(people),
        ~Exists(SessionRecord.objects.filter(user=OuterRef("user"))),
        ~Exists(people.filter(created_at__gte=before)),
    )


def _used(homes: list[Household], before: datetime) -> set[int]:
    """Which of ``homes`` have somebody with a matter that is under way, or younger."""
    people = Citizen.objects.filter(household__in=homes, erased_at__isnull=True)
    home_of = dict(people.values_list("pk", "household_id"))
    return {home_of[pk] for pk in matters.active_since(home_of, before)}


def _erase_all_of(home: Household) -> int:
    """Erase the people of ``home``, or let its number go where there are none; return how many."""
    people = list(home.citizens.filter(erased_at__isnull=True).order_by("pk"))
    erased = 0
    try:
        for person in people:
            with suppress(Refused):
                erase(person=person, by=None)
                erased += 1
        if not people:
            _let_go(home.pk)
            erased += 1
    except sweeps.NOT_ITS_FAULT:
        raise
    except Exception as problem:
        sweeps.log_failure(logger, f"Household {home.pk} stays", problem)
    return erased


@on_deadlock
@transaction.atomic
def _let_go(pk: int) -> None:
    home = Household.objects.select_for_update().get(pk=pk)
    # Somebody may have been named there meanwhile.
    if not matters.people_of(home):
        _erase_household(home, None)
