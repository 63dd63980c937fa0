"""The messages about a pledge: given name, city, day and time, a link; no word of an illness."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

from appointments.services.letters import Value, moment_words
from esachivalaya.common import addresses, clock
from esachivalaya.common.clock import IST
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient
from plasma.models import Pledge
from plasma.services import links

KIND = "plasma.pledge"
REMINDER, THANKS = "plasma_reminder", "plasma_thanks"
# After the visit there is a certificate to come back for.
LINK_OUTLIVES_VISIT = timedelta(days=7)
DAY_BEFORE, HOURS_BEFORE = timedelta(days=1), timedelta(hours=3)
# A phone rings for a reminder between these hours.
NOT_BEFORE, NOT_AFTER = time(8), time(19, 45)


def send(pledge: Pledge, template: str) -> None:
    """Write the message ``template`` about ``pledge`` as it stands, in the caller's transaction.

    A donor who has no number that is their own any more is told nothing.
    """
    letter = _letter(pledge, template, event=str(pledge.version))
    if letter is not None:
        outbox.post([letter])


def remind(pledge: Pledge) -> None:
    """Take back the reminders of the time that was, and write those of the time that is."""
    forget_reminders(pledge)
    outbox.post(_reminders(pledge))


def forget_reminders(pledge: Pledge) -> None:
    """Take back what would remind of a visit that does not take place at its time."""
    outbox.cancel(subject_kind=KIND, subject_id=str(pledge.pk), templates=[REMINDER])


def link_of(pledge: Pledge) -> str:
    """Return where the donor comes back to: their own link, or the page that asks for a code.

    A link lives as long as its campaign; one that would not outlive the visit is no help.
    """
    invitation = pledge.invitation
    until = (pledge.ends_at or clock.now()) + LINK_OUTLIVES_VISIT
    if invitation is not None and invitation.campaign.ends_at > until:
        return links.url_of(invitation.pk)
    return addresses.public_page("plasma:come")


def phone_of(pledge: Pledge) -> str:
    """Return the number by which the donor pledged, or their first one; "" when none is theirs."""
    phones = [row.phone for row in pledge.donor.phones.all() if row.wrong_at is None]
    asked = pledge.invitation.phone if pledge.invitation else ""
    return asked if asked in phones else next(iter(phones), "")


def _letter(pledge: Pledge, template: str, *, event: str) -> Letter | None:
    phone = phone_of(pledge)
    if not phone:
        return None
    donor, bank = pledge.donor, pledge.bank
    values: dict[str, Value] = {
        "name": donor.given_name,
        "donor_link": link_of(pledge),
    }
    if pledge.starts_at is not None and template != THANKS:
        values["city"] = {"hi": bank.city_hi, "en": bank.city_en}
        values["when"] = moment_words(pledge.starts_at)
    return Letter(
        event=f"{template}:{pledge.pk}:{event}",
        template=template,
        to=Recipient(phone=phone, language=donor.language),
        values=values,
        subject_kind=KIND,
        subject_id=str(pledge.pk),
    )


def _reminders(pledge: Pledge) -> Iterator[Letter]:
    assert pledge.starts_at is not None
    moment, starts_at = clock.now(), pledge.starts_at
    last = starts_at - HOURS_BEFORE
    for name, due, expires_at in (
        ("day", _by_day(starts_at - DAY_BEFORE), last),
        ("hours", last, starts_at),
    ):
        letter = _letter(pledge, REMINDER, event=f"{pledge.version}:{name}")
        if letter is not None and moment < due < expires_at:
            yield replace(letter, not_before=due, expires_at=expires_at)


def _by_day(moment: datetime) -> datetime:
    there = moment.astimezone(IST)
    return clock.at(there.date(), min(max(there.time(), NOT_BEFORE), NOT_AFTER))
