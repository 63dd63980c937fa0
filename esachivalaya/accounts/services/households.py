"""The people behind one phone: found, made, named, and proved anew after a long silence."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.services import email_proof, guardians
from esachivalaya.accounts.services.guardians import Guardian
from esachivalaya.accounts.services.refusals import Refused, TooMany
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import record, subject_of
from esachivalaya.common import clock
from esachivalaya.common.idempotency import AlreadySent, claim, digest_of
from esachivalaya.common.words import fold, tidy
from esachivalaya.notifications import services as outbox

# The networks give an unused number to somebody else after 90 days.
SILENCE = timedelta(days=90)
NAME_TRIES = 3
NAME_TRIES_IN = timedelta(days=1)
MOST_PEOPLE = 20


@dataclass(frozen=True)
class NameChecked:
    """What came of a typed name; ``tries_left`` for today."""

    ok: bool
    tries_left: int = 0

    def __bool__(self) -> bool:
        return self.ok


def household_of(*, phone: str, language: str) -> Household:
    """Return the household behind a proved ``phone``, with a user to sign in as; make it if needed.

    Two first sign-ins at the same moment make one household. A household that a Kendra made for
    the number gets its user here. Staff with this number are not looked up: they sign in elsewhere.
    """
    for _attempt in range(2):
        try:
            with transaction.atomic():
                return _household_of(phone, language)
        except IntegrityError:
            continue
    return Household.objects.select_related("user").get(phone=phone)


def _household_of(phone: str, language: str) -> Household:
    # Without the join: a lock on the household is wanted, and its user may not be there yet.
    household = Household.objects.select_for_update().filter(phone=phone).first()
    if household is not None and household.user_id is not None:
        return household
    user = _new_user(phone, language)
    if household is None:
        household = Household.objects.create(user=user, phone=phone)
        record(household, "household_made", at=clock.now(), by=user, new=True)
    else:
        household.user = user
        household.save(update_fields=["user"])
        record(household, "sign_in_opened", at=clock.now(), by=user)
    return household


def _new_user(phone: str, language: str) -> User:
    user = User(
        kind=User.Kind.HOUSEHOLD,
        username=f"household-{secrets.token_hex(8)}",
        phone=phone,
        language=language,
    )
    user.set_unusable_password()
    user.save()
    return user


def phone_needs_proof(household: Household) -> bool:
    """Whether more than the code is asked: the number was silent for 90 days, or never proved.

    The number may be somebody else's by now (or was written down wrongly at a counter), and the
    household's appointments are not theirs to see. Where no person is named there is nothing to
    protect.
    """
    if not household.citizens.filter(left_at__isnull=True).exists():
        return False
    seen = household.phone_seen_at
    return seen is None or seen < clock.now() - SILENCE


def phone_proved(household: Household) -> None:
    """Note that the number was proved just now."""
    now = clock.now()
    Household.objects.filter(pk=household.pk).update(phone_seen_at=now)
    household.phone_seen_at = now


def name_tries_left(household: Household) -> int:
    """Return how many names may still be tried today."""
    kind, subject_id = subject_of(household)
    used = Entry.objects.filter(
        subject_kind=kind,
        subject_id=subject_id,
        act="name_not_recognised",
        at__gt=clock.now() - NAME_TRIES_IN,
    ).count()
    return max(0, NAME_TRIES - used)


@transaction.atomic
def one_of_us(*, household: Household, typed: str) -> NameChecked:
    """Say whether ``typed`` is the full name of a person of the household; three tries a day.

    Names are compared folded: case, spaces and spelling marks do not count. A right one proves the
    number for another 90 days. Tries are counted in the record, under the household's lock.
    """
    locked = Household.objects.select_for_update().get(pk=household.pk)
    left = name_tries_left(locked)
    if left == 0:
        return NameChecked(ok=False)
    names = locked.citizens.filter(left_at__isnull=True).values_list("name", flat=True)
    wanted = fold(tidy(typed))
    if wanted and wanted in {fold(name) for name in names}:
        phone_proved(locked)
        record(locked, "number_proved_by_name", at=clock.now())
        return NameChecked(ok=True)
    record(locked, "name_not_recognised", at=clock.now())
    return NameChecked(ok=False, tries_left=left - 1)


@transaction.atomic
def is_the_name_of(*, person: Citizen, typed: str) -> NameChecked:
    """Say whether ``typed`` is the full name of ``person``; the tries are those of the household.

    For whoever comes without the household's number, with a reference of that person's request.
    """
    locked = Household.objects.select_for_update().get(pk=person.household_id)
    left = name_tries_left(locked)
    # Who was erased has no name any more by which somebody could come.
    if left and person.erased_at is None and fold(tidy(typed)) == fold(person.name):
        return NameChecked(ok=True, tries_left=left)
    if left:
        record(locked, "name_not_recognised", at=clock.now())
    return NameChecked(ok=False, tries_left=max(0, left - 1))


@transaction.atomic
def start_anew(*, phone: str, language: str) -> Household:
    """Make a fresh household for ``phone``; the one that had it keeps its people and loses it.

    Sent twice, it makes one: a household whose number was proved since is the new one.

    The old household's sign-in is closed: nobody has shown to be one of its people. Whoever is
    can go to a Kendra with a reference.
    """
    now = clock.now()
    old = Household.objects.select_for_update().filter(phone=phone).first()
    if old is not None and old.user_id is not None and not phone_needs_proof(old):
        return old
    if old is not None:
        old.phone = None
        old.save(update_fields=["phone"])
        outbox.take_back_from(phone)
        if old.user_id is not None:
            User.objects.filter(pk=old.user_id).update(phone="", is_active=False)
        record(old, "number_given_up", at=now)
    household = _household_of(phone, language)
    phone_proved(household)
    return household


@transaction.atomic
def add_person(
    *,
    household: Household,
    by: User,
    name: str,
    given_name: str,
    family_id: str = "",
    email: str = "",
    year_of_birth: int | None = None,
    guardian: Guardian | None = None,
    key: str,
) -> Citizen | None:
    """Add a person to the household; once per ``key`` (then None is returned).

    For somebody under 18 by ``year_of_birth`` their ``guardian``'s consent is written down with
    them; without one this is refused.
    """
    of_age = guardians.adult_from(year_of_birth)
    guardians.refuse_child_alone(of_age, guardian)
    locked = Household.objects.select_for_update().get(pk=household.pk)
    data = {"name": name, "given_name": given_name, "family_id": family_id, "email": email}
    try:
        claim(principal=f"user:{by.pk}", form="add-person", key=key, digest=digest_of(data))
    except AlreadySent:
        return None
    people = locked.citizens.filter(left_at__isnull=True)
    if people.count() >= MOST_PEOPLE:
        raise Refused("most people", _("There are 20 people in your household already."))
    wanted = fold(name)
    if any(fold(other) == wanted for other in people.values_list("name", flat=True)):
        raise Refused("same name", _("A person of this name is in your household already."))
    person = Citizen.objects.create(household=locked, adult_from=of_age, **data)
    record(person, "person_added", at=clock.now(), by=by, data=data, new=True)
    if of_age is not None and guardian is not None:
        guardians.agreed(person, guardian, by=by)
    _ask_for_email_proof(person, by)
    return person


@transaction.atomic
def correct_name(
    *,
    person: Citizen,
    by: User,
    name: str,
    given_name: str,
    family_id: str = "",
    email: str = "",
) -> Citizen:
    """Correct how a person is written; the record keeps what stood there before.

    Requests made earlier keep the name under which they were made known to an office. A changed
    e-mail is proved anew, and the old one, if it was proved, is told.
    """
    locked = Citizen.objects.select_for_update().get(pk=person.pk)
    after = {"name": name, "given_name": given_name, "family_id": family_id, "email": email}
    before = {field: getattr(locked, field) for field in after}
    if before == after:
        return locked
    for field, value in after.items():
        setattr(locked, field, value)
    told = before["email"] if locked.email_proved_at else ""
    new_email = before["email"] != email
    if new_email:
        locked.email_proved_at = None
    locked.save(update_fields=[*after, "email_proved_at"])
    changed = {
        field: [before[field], value] for field, value in after.items() if before[field] != value
    }
    record(locked, "name_corrected", at=clock.now(), by=by, data=changed)
    if new_email:
        if told:
            email_proof.tell_old_address(locked, old=told)
        _ask_for_email_proof(locked, by)
    return locked


def _ask_for_email_proof(person: Citizen, by: User) -> None:
    """Send the link that proves the e-mail; over the limit of a day it can be sent tomorrow."""
    with suppress(TooMany):
        email_proof.send_link(person=person, by=by)
