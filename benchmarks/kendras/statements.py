"""How many statements each step of the counter needs, once the process has served it."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.kendras.places import Operator
from benchmarks.kendras.walk_ins import CATEGORY, PERSON, TIME
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message

TRANSACTION = re.compile(r"BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE", re.IGNORECASE)
CODE = re.compile(r"\d{6}")


def queries(operator: Operator) -> dict[str, int]:
    """Book twice in this process and return what the steps of the second needed.

    BEGIN and COMMIT are not counted; session, person and second factor are.
    """
    said: dict[str, int] = {}
    for phone in operator.phones[:2]:
        said = _OneWalkIn(operator, phone).book()
    return said


class _OneWalkIn:
    def __init__(self, operator: Operator, phone: str) -> None:
        self.operator, self.phone, self.key = operator, phone, new_key()
        self.browser = Client(SERVER_NAME="127.0.0.1", headers={"accept-language": "hi"})
        self.browser.cookies.load({"sessionid": operator.session, "language": "hi"})
        self.said: dict[str, int] = {}

    def book(self) -> dict[str, int]:
        """Go the whole way of one walk-in."""
        office = self.operator.offices[0]
        self._get("page", "counter")
        people = self._post("people", "people", {"phone": self.phone})
        self._get("offices_proposed", "offices")
        self._get("offices", "offices", {"q": office.words})
        times = self._get("times", "times", {"post": office.code})
        code = {"phone": self.phone, "key": self.key, "language": "hi"}
        self._post("code", "code", code)
        body = Message.objects.filter(to=f"+91{self.phone}").latest("id").body
        found = CODE.search(body)
        read = {"phone": self.phone, "key": self.key, "code": found[0] if found else ""}
        self._post("code_check", "code-check", read)
        wanted = {
            **read,
            "operator": self.operator.user_id,
            "person": PERSON.findall(people.text)[0],
            "subject": "वृद्धावस्था सम्मान भत्ता अप्रैल से नहीं मिला",
            "post": office.code,
            "slot": next(value for _id, value, _checked, seat in TIME.findall(times.text) if seat),
            "seat_wanted": "on",
            "category": CATEGORY.findall(times.text)[0],
            "consent": "code",
            "language": "hi",
        }
        reference = self._post("book", "book", wanted).json()["reference"]
        self._post("book_again", "book", wanted)
        self._post("slip", "slip", {"paper": "80"}, reference)
        return self.said

    def _get(self, step: str, name: str, asked: dict[str, str] | None = None) -> Any:
        address = reverse(f"kendras:{name}", args=[self.operator.kendra])
        return self._counted(step, lambda: self.browser.get(address, asked))

    def _post(self, step: str, name: str, fields: dict[str, Any], *more: str) -> Any:
        address = reverse(f"kendras:{name}", args=[self.operator.kendra, *more])
        headers = {"accept": "application/json"}
        return self._counted(step, lambda: self.browser.post(address, fields, headers=headers))

    def _counted(self, step: str, ask: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as spoken:
            answer = ask()
        if answer.status_code >= 300:
            raise SystemExit(f"{step} answers {answer.status_code}: {answer.text[:300]}")
        self.said[step] = sum(
            not TRANSACTION.match(query["sql"]) for query in spoken.captured_queries
        )
        return answer
