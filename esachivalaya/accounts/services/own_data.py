"""What the portal holds of a person, handed out to them: to read, and as a file.

The right to access of the Digital Personal Data Protection Act 2023, section 11. Whoever is signed
in for the household may ask for its people, as they may see all of it page by page; a request that
is private stays behind its PIN (appointments/services/own_data.py). Each time stands in the record.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import Citizen, Nominee, User
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import record, subject_of
from esachivalaya.audit.words import act_words
from esachivalaya.common import clock, formats, registry
from esachivalaya.common.registry import Held
from esachivalaya.common.retry import on_deadlock

EXPORTED = "data_handed_out"
# So many entries of the record are shown; the file says so too.
MOST_ENTRIES = 500


def held(person: Citizen) -> list[Held]:
    """Return everything that is held of ``person``, what the accounts hold first."""
    return [
        _person(person),
        _nominee(person),
        *(found for of_app in registry.held_of(person.pk) for found in of_app),
        _record(person),
    ]


@on_deadlock
@transaction.atomic
def as_json(person: Citizen, *, by: User) -> bytes:
    """Return the same as a file, and note in the record that it was handed out."""
    Citizen.objects.select_for_update().get(pk=person.pk)
    record(person, EXPORTED, at=clock.now(), by=by)
    told: Mapping[str, Sequence[Any]] = {found.key: list(found.rows) for found in held(person)}
    text = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return text.encode()


def _person(person: Citizen) -> Held:
    household = person.household
    row = {
        "name": person.name,
        "given_name": person.given_name,
        "family_id": person.family_id,
        "email": person.email,
        "email_proved_at": person.email_proved_at,
        "district": person.district_code,
        "mobile_number": household.phone or "",
        "number_last_proved_at": household.phone_seen_at,
        "language": household.user.language if household.user else "",
        "of_age_from": person.adult_from,
        "guardians": list(
            person.guardians.values("name", "relation", "proof", "phone", "given_at")
        ),
        "since": person.created_at,
    }
    lines = [
        (_("Name"), person.name),
        (_("Given name"), person.given_name),
        (_("Family ID"), person.family_id),
        (_("E-mail"), person.email),
        (_("Mobile number"), formats.phone_number(household.phone or "")),
        (_("Known to the portal since"), formats.datetime_short(person.created_at)),
    ]
    return Held("person", _("About you"), [row], [line for line in lines if line[1]])


def _nominee(person: Citizen) -> Held:
    """Whom they have named. Without lines: on the page it stands with its buttons."""
    named = Nominee.objects.filter(citizen=person)
    rows = list(named.values("name", "relation", "phone", "named_at"))
    return Held("nominee", _("Who may act for you"), rows, [])


def _record(person: Citizen) -> Held:
    """Who did what with the person's own row: every act, its moment, and whether it was they."""
    from_record = Entry.objects.filter(
        subject_kind=subject_of(person)[0], subject_id=str(person.pk)
    ).order_by("seq")[:MOST_ENTRIES]
    entries = list(from_record.values("at", "act", "actor__kind"))
    rows = [
        {"at": one["at"], "act": one["act"], "by": one["actor__kind"] or "portal"}
        for one in entries
    ]
    lines = [(formats.datetime_short(one["at"]), act_words(one["act"])) for one in entries]
    return Held("record", _("What was done with it"), rows, lines)
