"""Letters that the tests write."""

import itertools
from typing import Any

from django.db import transaction

from esachivalaya.notifications.models import Message
from esachivalaya.notifications.services import Letter, Recipient, post

PHONE = "+919800000001"
_events = itertools.count(1)

WHEN = {"hi": "मंगलवार, 14 जुलाई 2026, दोपहर 3:20", "en": "Tuesday 14 July 2026, 3:20 pm"}


def code_letter(**fields: Any) -> Letter:
    wanted: dict[str, Any] = {
        "event": f"code:{next(_events)}",
        "template": "sign_in_code",
        "to": Recipient(phone=PHONE, language="en"),
        "values": {"code": "123456"},
        **fields,
    }
    return Letter(**wanted)


def confirmed_letter(**fields: Any) -> Letter:
    wanted: dict[str, Any] = {
        "event": f"confirmed:{next(_events)}",
        "template": "request_confirmed",
        "to": Recipient(phone=PHONE, email="asha@example.com", language="en"),
        "values": {
            "name": "Asha",
            "ref": "ES 7K4P 92MX",
            "post": {"hi": "उपायुक्त रेवाड़ी", "en": "DC Rewari"},
            "when": WHEN,
            "link": "http://localhost/appointments/ES7K4P92MX/",
            "short_link": "http://localhost/l/7K4pQ9aZ-_2m/",
        },
        **fields,
    }
    return Letter(**wanted)


def sms(letter: Letter | None = None) -> Message:
    """One SMS in the outbox."""
    with transaction.atomic():
        return next(row for row in post([letter or code_letter()]) if row.channel == "sms")


def email(letter: Letter | None = None) -> Message:
    """One e-mail in the outbox, alone."""
    chosen = letter or confirmed_letter(to=Recipient(email="asha@example.com", language="en"))
    with transaction.atomic():
        return next(row for row in post([chosen]) if row.channel == "email")
