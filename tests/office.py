"""What tests of the office's pages share: reading a page, its queries and its strictness."""

import re
from typing import Any

from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Request
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message

# What a strict Content-Security-Policy refuses to run or to draw.
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)


def content(response: Any) -> str:
    """The text of a page that was found."""
    assert response.status_code in {200, 409}, response.status_code
    return str(response.content.decode())


def queries(client: Client, address: str, **query: str) -> list[str]:
    """The statements that a page takes."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address, query).status_code == 200
    return [one["sql"] for one in caught.captured_queries]


def assert_strict(response: Any) -> None:
    """The page has nothing inline, and is sent with the policy that would refuse it."""
    page = content(response)
    found = [page[max(one.start() - 80, 0) : one.end() + 80] for one in INLINE.finditer(page)]
    assert not found, found
    assert "'unsafe-" not in response["Content-Security-Policy"]
    assert "script-src 'self'" in response["Content-Security-Policy"]


def answer_data(row: Request, **fields: Any) -> dict[str, Any]:
    """What the form of an answer sends, its page having been opened now."""
    return {"key": new_key(), "version": str(row.version), **fields}


def page(row: Request) -> str:
    """The address of a request's page on the office's desk."""
    return reverse("admin:appointments_request_change", args=[row.reference])


def give(client: Client, row: Request, slug: str, **fields: Any) -> Any:
    """Send one of the answers, as the form on the page does."""
    address = reverse("admin:appointments_request_answer", args=[row.reference, slug])
    return client.post(address, answer_data(row, **fields))


def told(response: Any) -> str:
    """What the next page says about what was done."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def sms(row: Request, template: str) -> int:
    """How many SMS of this template were written about the request."""
    found = Message.objects.filter(subject_id=str(row.pk), template__key=template, channel="sms")
    return found.count()
