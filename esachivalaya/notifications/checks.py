"""What is missing from the settings before messages can go out for real."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from esachivalaya.notifications.claims import LEASE

TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID")

SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,6}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11}")


def sms_gateway(**_more: Any) -> list[checks.CheckMessage]:
    """Half a Twilio is a mistake; none is one as well, outside a demonstration."""
    missing = [name for name in TWILIO if not getattr(settings, name)]
    if missing and len(missing) < len(TWILIO):
        return [
            checks.Error(
                f"Twilio is set up by half: {', '.join(missing)} not set.",
                hint="Set all three, or none for a demonstration.",
                id="notifications.E001",
            )
        ]
    if settings.SMS_GATEWAY == "outbox-page" and not settings.DEMO:
        return [
            checks.Warning(
                "No SMS goes out: no gateway is set, and messages wait in the outbox.",
                hint=f"Set {', '.join(TWILIO)}; for a demonstration, DEMO=true.",
                id="notifications.W001",
            )
        ]
    return []


def receipts_can_come(**_more: Any) -> list[checks.CheckMessage]:
    """Twilio tells us how a message went by calling PUBLIC_URL, from outside."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    inside = host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".local")
    if settings.SMS_GATEWAY != "twilio" or settings.TWILIO_API_URL:
        return []
    if inside or not settings.PUBLIC_URL.startswith("https://"):
        return [
            checks.Warning(
                "Twilio cannot tell how messages went: PUBLIC_URL is not an https:// address that "
                "it can reach.",
                hint="Write the address that people type, as https://esachivalaya.example.in.",
                id="notifications.W004",
            )
        ]
    return []


def senders(**_more: Any) -> list[checks.CheckMessage]:
    """A sender is a number, a Messaging Service, or a header as the networks registered it."""
    return [
        checks.Error(
            f"{name} is no sender that Twilio knows.",
            hint="Write a number as +911234567890, a header as HRGOVT, or a service as MG…",
            id="notifications.E002",
        )
        for name in ("TWILIO_CODE_SENDER", "TWILIO_APPEAL_SENDER")
        if (value := getattr(settings, name)) and not SENDER.fullmatch(value)
    ]


def limit_of_the_account(**_more: Any) -> list[checks.CheckMessage]:
    """Without a limit of ours, the provider's 429 is the only one."""
    if settings.SMS_GATEWAY == "twilio" and not settings.MESSAGE_SEGMENTS_PER_SECOND:
        return [
            checks.Warning(
                "Messages go out without a limit of ours: MESSAGE_SEGMENTS_PER_SECOND is 0.",
                hint="Write what the account allows, so that codes are never behind an appeal.",
                id="notifications.W005",
            )
        ]
    return []


def times_in_order(**_more: Any) -> list[checks.CheckMessage]:
    """A lease ends only after its worker, and before Redis gives the task to another."""
    times = [
        ("CELERY_TASK_SOFT_TIME_LIMIT", settings.CELERY_TASK_SOFT_TIME_LIMIT),
        ("CELERY_TASK_TIME_LIMIT", settings.CELERY_TASK_TIME_LIMIT),
        ("the lease of a message", LEASE.total_seconds()),
        ("the visibility timeout", settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]),
    ]
    return [
        checks.Error(
            f"{name} ({seconds} s) is not shorter than {after} ({limit} s).",
            hint="soft limit < hard limit < lease < visibility timeout",
            id="notifications.E003",
        )
        for (name, seconds), (after, limit) in pairwise(times)
        if seconds >= limit
    ]


def sms_for_real_in_a_demo(**_more: Any) -> list[checks.CheckMessage]:
    """The demo's people have invented numbers, and its page shows every message to everybody."""
    if settings.DEMO and settings.SMS_GATEWAY != "outbox-page":
        return [
            checks.Warning(
                "DEMO is on while SMS go out for real: the demo phone page shows every message.",
                hint="Unset DEMO, or the settings of Twilio.",
                id="notifications.W002",
            )
        ]
    return []


def email_gateway(**_more: Any) -> list[checks.CheckMessage]:
    """Without e-mail, offices are told by SMS only."""
    if settings.EMAIL_GATEWAY == "outbox-page" and not settings.DEMO:
        return [
            checks.Warning(
                "No e-mail goes out: EMAIL_URL is not set.",
                hint="Write it as smtp+tls://user:password@host:587.",
                id="notifications.W003",
            )
        ]
    return []


def register_all() -> None:
    """Add these checks to those of Django."""
    for check in (
        sms_gateway,
        receipts_can_come,
        senders,
        limit_of_the_account,
        times_in_order,
        sms_for_real_in_a_demo,
        email_gateway,
    ):
        checks.register(check)
