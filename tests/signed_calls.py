"""Calls to our webhooks as the provider makes them: a form, signed over the public address."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

TOKEN = "a-token-of-the-tests"
FORM = "application/x-www-form-urlencoded"


def signed_post(client: Client, path: str, fields: dict[str, str], token: str = TOKEN) -> Any:
    """Post ``fields`` to ``path`` with the signature of ``token``."""
    address = f"{settings.PUBLIC_URL}{path}"
    signature = RequestValidator(token).compute_signature(address, fields)
    return client.post(
        path, urlencode(fields), content_type=FORM, headers={"X-Twilio-Signature": signature}
    )
