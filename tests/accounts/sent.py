"""What went out to a phone, read from the outbox as the person would read it."""

import re

from esachivalaya.notifications.models import Message


def code_sent_to(phone: str) -> str:
    """The six digits of the newest SMS to this number."""
    body = Message.objects.filter(to=phone, channel="sms").latest("id").body
    found = re.search(r"(?<!\d)\d{6}(?!\d)", body)
    assert found is not None, body
    return found.group()


def link_sent_to(phone: str) -> str:
    """The path of the link in the newest SMS to this number."""
    body = Message.objects.filter(to=phone, channel="sms").latest("id").body
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found is not None, body
    return found.group(1).rstrip(".।")


def another(code: str) -> str:
    """Six digits that are not this code."""
    return f"{(int(code) + 1) % 1_000_000:06}"
