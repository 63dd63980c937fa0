"""What tests of the office's pages share: reading a page, its queries and its strictness."""

import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.models import Request
from esachivalaya.common.idempotency import new_key

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
