"""An e-mail address counts once a link that was sent to it was followed and its button pressed."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Citizen, User
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import record, subject_of
from esachivalaya.common import clock
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.models import Channel, Message
from esachivalaya.notifications.services import Letter, Recipient

GOOD_FOR = timedelta(days=3)
# (how many, in what time): for one person, and to one mailbox whoever asks.
PER_PERSON, PER_MAILBOX, WITHIN = 3, 5, timedelta(days=1)
_SALT = "accounts.email-proof"
_TEMPLATE = "email_proof"


@transaction.atomic
def send_link(*, person: Citizen, by: User) -> bool:
    """Send a link to the person's address, if it is not proved; say whether one was sent.

    At most 3 a day for one person and 5 a day to one mailbox (:class:`TooMany`): nobody fills a
    stranger's mailbox through the portal.
    """
    locked = Citizen.objects.select_for_update().get(pk=person.pk)
    if not locked.email or locked.email_proved_at is not None:
        return False
    wait_for_turn(f"mailbox:{locked.email.lower()}")
    moment = clock.now()
    sent = _sent_lately(locked)
    mailbox = Message.objects.filter(
        channel=Channel.EMAIL,
        to__iexact=locked.email,
        template__key=_TEMPLATE,
        created_at__gt=moment - WITHIN,
    )
    if sent >= PER_PERSON or mailbox.count() >= PER_MAILBOX:
        words = _("Several links were sent to this address already. Look into the mailbox.")
        raise TooMany("links a day", words, until=moment + WITHIN)
    record(locked, "email_link_sent", at=moment, by=by)
    link = settings.PUBLIC_URL + reverse("accounts:prove-email", args=[token_of(locked)])
    outbox.post(
        [
            Letter(
                event=f"{_TEMPLATE}:{locked.pk}:{moment:%Y%m%dT%H%M%S%f}",
                template=_TEMPLATE,
                to=Recipient(email=locked.email, language=_language(locked)),
                values={"name": locked.given_name, "link": link},
                expires_at=moment + GOOD_FOR,
            )
        ]
    )
    return True


def tell_old_address(person: Citizen, *, old: str) -> None:
    """Tell a proved address that messages no longer come to it."""
    event = hashlib.sha256(f"{old}>{person.email}".encode()).hexdigest()[:16]
    outbox.post(
        [
            Letter(
                event=f"email_changed:{person.pk}:{event}",
                template="email_changed",
                to=Recipient(email=old, language=_language(person)),
                values={"name": person.given_name},
            )
        ]
    )


def token_of(person: Citizen) -> str:
    """Return the token that proves the person's present address; another address ends it."""
    return signing.dumps([person.pk, _digest(person.email)], salt=_SALT, compress=False)


def find(token: str) -> Citizen | None:
    """Return whose present address ``token`` proves, or None; why not is nobody's business."""
    try:
        pk, digest = signing.loads(token[:200], salt=_SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = Citizen.objects.filter(pk=pk, left_at__isnull=True).exclude(email="").first()
    return person if person is not None and _digest(person.email) == digest else None


@transaction.atomic
def prove(*, token: str) -> Citizen | None:
    """Note that the address behind ``token`` is read by the person; None when it proves nothing.

    Pressed twice, it was proved the first time.
    """
    found = find(token)
    if found is None:
        return None
    Citizen.objects.select_for_update().get(pk=found.pk)
    person = find(token)
    if person is not None and person.email_proved_at is None:
        person.email_proved_at = clock.now()
        person.save(update_fields=["email_proved_at"])
        record(person, "email_proved", at=person.email_proved_at)
    return person


def _sent_lately(person: Citizen) -> int:
    kind, subject_id = subject_of(person)
    rows = Entry.objects.filter(subject_kind=kind, subject_id=subject_id, act="email_link_sent")
    return rows.filter(at__gt=clock.now() - WITHIN).count()


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:24]


def _language(person: Citizen) -> str:
    user = person.household.user
    return user.language if user else "hi"
