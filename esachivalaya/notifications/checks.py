"""What is missing from the settings before messages can go out for real."""

from typing import Any

from django.conf import settings
from django.core import checks

TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID")


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
    for check in (sms_gateway, sms_for_real_in_a_demo, email_gateway):
        checks.register(check)
