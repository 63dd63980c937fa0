"""The messages that an appointment sends: which template to whom, with which values.

A private request's messages carry no name, office or subject. Nobody's SMS says more than a given
name. Each letter's event is its own, so that telling it twice makes one message.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise

from appointments.models import Request
from appointments.services import links
from esachivalaya.accounts.models import User
from esachivalaya.common import addresses
from esachivalaya.common.formats import datetime_short
from esachivalaya.common.references import grouped
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient
from officials.models import Charge, Post
from officials.permissions import people_to_tell

KIND = "appointments.request"
# Who hears of what happens to a post's requests.
DESK = (Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL, Charge.Kind.STAFF)
Value = str | dict[str, str]


def moment_words(moment: datetime) -> dict[str, str]:
    """Return a moment as both languages write it."""
    return {"hi": datetime_short(moment, "hi"), "en": datetime_short(moment, "en")}


def in_both_languages(text: str | Promise) -> dict[str, str]:
    """Return a translatable text in both languages, for a message's value."""
    found = {}
    for language in ("hi", "en"):
        with translation.override(language):
            found[language] = str(text)
    return found


def post_words(post: Post) -> dict[str, str]:
    """Return the short title of ``post`` for messages."""
    return {"hi": post.short_hi, "en": post.short_en}


def reference_words(request: Request) -> str:
    """Return the reference in the groups in which it is read out."""
    return grouped(request.reference)


def public_link(request: Request) -> str:
    """Return the address at which whoever holds reference and PIN, or the household, reads on."""
    return addresses.public("appointments:track-detail", request.reference)


def desk_link(request: Request) -> str:
    """Return the address of the request on the office's desk."""
    return addresses.public("admin:appointments_request_change", request.reference)


def desk_address() -> str:
    """Return the address of the office's desk."""
    return settings.PUBLIC_URL + reverse("admin:index")


def to_citizen(request: Request, template: str, *, event: str = "", **values: Value) -> Letter:
    """Return a letter to the citizen; ``event`` tells apart what can happen several times."""
    citizen = request.citizen
    user = citizen.household.user
    known: dict[str, Value] = {
        "ref": reference_words(request),
        "link": public_link(request),
        **values,
    }
    if not request.private:
        known |= {"name": citizen.given_name, "post": post_words(request.post)}
    return Letter(
        event=f"{template}:{request.pk}:{event}",
        template=template + ("_private" if request.private else ""),
        to=Recipient(
            # The household's present number: one that it gave up is somebody else's by now.
            phone="" if citizen.left_at else citizen.household.phone or "",
            # An address that nobody proved may be a stranger's.
            email=citizen.email if citizen.email_proved_at else "",
            language=user.language if user else request.language,
        ),
        values=known,
        subject_kind=KIND,
        subject_id=str(request.pk),
    )


def of_meeting(request: Request, template: str) -> Letter:
    """Return a letter that tells of the confirmed meeting and how to say that one cannot come."""
    assert request.starts_at is not None
    return to_citizen(
        request,
        template,
        when=moment_words(request.starts_at),
        short_link=links.to_withdraw(request),
    )


def to_officers(
    officers: Iterable[User],
    template: str,
    *,
    event: str,
    values: Mapping[str, Value],
    about: Request | None = None,
) -> list[Letter]:
    """Return one letter to each of ``officers``, by SMS and e-mail as they have them."""
    return [
        Letter(
            event=f"{template}:{event}:{officer.pk}",
            template=template,
            to=Recipient(phone=officer.phone, email=officer.email, language=officer.language),
            values=values,
            subject_kind=KIND if about else "",
            subject_id=str(about.pk) if about else "",
        )
        for officer in officers
    ]


def to_desk(
    request: Request, template: str, *, post: Post, event: str, **values: Value
) -> list[Letter]:
    """Return letters about ``request`` to those who keep the diary of ``post``."""
    return to_officers(
        people_to_tell(post, DESK),
        template,
        event=event,
        about=request,
        values={"post": post_words(post), "ref": reference_words(request), **values},
    )


def send(letters: Iterable[Letter]) -> None:
    """Write ``letters`` into the outbox, in the transaction of the act they tell of."""
    outbox.post_all(letters)
