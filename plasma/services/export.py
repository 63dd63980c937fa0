"""What the portal holds of one donor, for that donor: as data to take along, and to be read.

Nothing of anybody else: not of who shares the phone, not of a patient, not which officer looked.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from esachivalaya.common import formats
from esachivalaya.notifications.models import Message
from plasma.models import ConsentEntry, Donation, Donor, Invitation, Pledge, Proposal
from plasma.services import looks
from plasma.services.erasing import KINDS


@dataclass(frozen=True)
class Section:
    """One part of the page: a heading, and the rows of label and value under it."""

    heading: str
    rows: list[tuple[str, str]]


def of(donor: Donor) -> dict[str, Any]:
    """Return everything that is held of ``donor``, in values that JSON can hold.

    A fixed number of queries. An erased donor's are the ledgers alone.
    """
    invitations = list(
        Invitation.objects.filter(donor=donor).select_related("campaign").order_by("pk")
    )
    pledges = list(
        Pledge.objects.filter(donor=donor).select_related("bank", "donation").order_by("pk")
    )
    proposals = list(Proposal.objects.filter(donor=donor).order_by("pk"))
    return {
        "person": _person(donor),
        "numbers": [
            {"number": one.phone, "said_to_be_wrong_at": _text(one.wrong_at)}
            for one in donor.phones.all()
        ],
        "lists": [
            {
                "name": cohort.name,
                "source": cohort.source,
                "legal_basis": cohort.legal_basis,
                "data_leave_on": _text(cohort.data_leave_on),
            }
            for cohort in donor.cohorts.order_by("pk")
        ],
        "consents": [
            {
                "act": entry.act,
                "purpose": entry.purpose,
                "how": entry.how,
                "wording": entry.wording,
                "at": _text(entry.at),
            }
            for entry in ConsentEntry.objects.filter(donor=donor).order_by("pk")
        ],
        "invitations": [
            {
                "campaign": one.campaign.name,
                "status": one.status,
                "handed_over_at": _text(one.queued_at),
                "opened_at": _text(one.opened_at),
                "answered_at": _text(one.answered_at),
            }
            for one in invitations
        ],
        "pledges": [_pledge(one) for one in pledges],
        "asked_for_a_hospital": [
            {"status": one.status, "asked_at": _text(one.asked_at)}
            for one in proposals
            if one.asked_at is not None
        ],
        "messages": [
            {"at": _text(at), "to": to, "text": body, "status": status}
            for at, to, body, status in _messages(
                [one.pk for one in invitations],
                [one.pk for one in pledges],
                [one.pk for one in proposals],
                [donor.pk],
            )
        ],
        "looks": [{"at": _text(at), "purpose": purpose} for at, purpose in looks.of(donor)],
    }


def as_json(donor: Donor) -> bytes:
    """Return :func:`of` as a file to keep."""
    return json.dumps(of(donor), ensure_ascii=False, indent=2).encode()


def sections(donor: Donor) -> list[Section]:
    """Return the same to be read, in the reader's language; what there is none of is left out."""
    held = of(donor)
    person = [(label, value) for label, value in _person_rows(donor) if value]
    found = [
        Section(_("About you"), person),
        Section(
            _("Your numbers"),
            [(_("Mobile number"), formats.phone_number(one["number"])) for one in held["numbers"]],
        ),
        Section(
            _("Where this is from"),
            [
                (
                    one["name"],
                    _("%(source)s. Basis: %(basis)s. The data leave on %(day)s.")
                    % {
                        "source": one["source"],
                        "basis": one["legal_basis"],
                        "day": _day(one["data_leave_on"]),
                    },
                )
                for one in held["lists"]
            ],
        ),
        Section(_("What you agreed to"), [_consent_row(one) for one in held["consents"]]),
        Section(
            _("When you were asked"),
            [
                (
                    one["campaign"],
                    _("%(state)s, %(at)s")
                    % {
                        "state": Invitation.Status(one["status"]).label,
                        "at": _moment(one["handed_over_at"]) or _("not sent"),
                    },
                )
                for one in held["invitations"]
            ],
        ),
        Section(_("Your pledges"), [_pledge_row(one) for one in held["pledges"]]),
        Section(
            _("Messages to you"),
            [
                (_moment(one["at"]), one["text"] or _("The words were wiped in their time."))
                for one in held["messages"]
            ],
        ),
        Section(
            _("Who looked at your data"),
            [
                (
                    _moment(one["at"]),
                    _("An officer: %(purpose)s") % {"purpose": one["purpose"] or "–"},
                )
                for one in held["looks"]
            ],
        ),
    ]
    return [section for section in found if section.rows]


def _person(donor: Donor) -> dict[str, Any]:
    return {
        "name": donor.name,
        "given_name": donor.given_name,
        "language": donor.language,
        "year_of_birth": donor.year_of_birth,
        "district": donor.district.code if donor.district else "",
        "blood_group": donor.blood_group,
        "recovered_on": _text(donor.recovered_on),
        "not_to_be_asked_before": _text(donor.not_before),
        "last_asked_at": _text(donor.last_asked_at),
        "asked_to_be_left_alone_at": _text(donor.stopped_at),
        "since": _text(donor.made_at),
        "erased_at": _text(donor.erased_at),
    }


def _person_rows(donor: Donor) -> list[tuple[str, str]]:
    return [
        (_("Name"), donor.name),
        (_("Year of birth"), str(donor.year_of_birth or "")),
        (_("District"), str(donor.district or "")),
        (_("Blood group"), str(donor.get_blood_group_display()) if donor.blood_group else ""),
        (_("Recovered on"), _day(_text(donor.recovered_on))),
        (_("Not to be asked before"), _day(_text(donor.not_before))),
        (_("Last asked"), _moment(_text(donor.last_asked_at))),
        (_("Asked to be left alone"), _moment(_text(donor.stopped_at))),
    ]


def _pledge(pledge: Pledge) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bank": pledge.bank.code,
        "status": pledge.status,
        "made_at": _text(pledge.made_at),
        "slot": _text(pledge.starts_at),
        "donation": None,
    }
    donation: Donation | None = getattr(pledge, "donation", None)
    if donation is not None:
        found["donation"] = {
            "outcome": donation.outcome,
            "reason": donation.reason,
            "deferred_until": _text(donation.deferred_until),
            "for_good": donation.for_good,
            "at": _text(donation.at),
            "certificate": donation.certificate,
        }
    return found


def _pledge_row(one: dict[str, Any]) -> tuple[str, str]:
    words = [str(Pledge.Status(one["status"]).label), _moment(one["slot"])]
    donation = one["donation"]
    if donation and donation["reason"]:
        words.append(str(Donation.Reason(donation["reason"]).label))
    if donation and donation["deferred_until"]:
        words.append(_("until %(day)s") % {"day": _day(donation["deferred_until"])})
    made = _moment(one["made_at"])
    return f"{one['bank']}, {made}", ", ".join(word for word in words if word)


def _consent_row(one: dict[str, Any]) -> tuple[str, str]:
    purpose = str(ConsentEntry.Purpose(one["purpose"]).label)
    told = {
        "act": ConsentEntry.Act(one["act"]).label,
        "at": _moment(one["at"]),
        "how": ConsentEntry.How(one["how"]).label,
    }
    return purpose, _("%(act)s, %(at)s (%(how)s)") % told


def _messages(*ids_by_kind: Iterable[int]) -> list[tuple[datetime, str, str, str]]:
    found: list[tuple[datetime, str, str, str]] = []
    for kind, ids in zip(KINDS, ids_by_kind, strict=True):
        found += Message.objects.filter(
            subject_kind=kind, subject_id__in=[str(pk) for pk in ids]
        ).values_list("created_at", "to", "body", "status")
    return sorted(found)


def _text(value: date | datetime | None) -> str:
    return "" if value is None else value.isoformat()


def _moment(text: str) -> str:
    return formats.datetime_short(datetime.fromisoformat(text)) if text else ""


def _day(text: str) -> str:
    return formats.date_short(date.fromisoformat(text)) if text else ""
