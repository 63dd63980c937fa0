"""Somebody who calls the telephone line, as the provider passes their keys on."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from django.test import Client

from appointments.models import Request
from appointments.phone_codes import phone_code_of
from tests.signed_calls import signed_post

_calls = itertools.count(1)
PHONE = "+919800000001"


@dataclass
class Caller:
    """One call. ``said`` is all that was said last, ``heard`` the TwiML as XML."""

    caller: str = PHONE
    client: Client = field(default_factory=Client)
    call_id: str = field(default_factory=lambda: f"CA{next(_calls):032}")
    heard: Element = field(default_factory=lambda: Element("Response"))
    answer: Any = None
    path: str = "/voice/"

    def call(self) -> "Caller":
        """Dial the number."""
        return self.ask("/voice/", "")

    def press(self, keys: str) -> "Caller":
        """Press keys; they go to the address that was told with the last words."""
        self.path = self.action
        return self.ask(self.path, keys)

    def again(self, keys: str) -> "Caller":
        """Let the provider repeat its last request."""
        return self.ask(self.path, keys)

    def ask(self, path: str, keys: str) -> "Caller":
        fields = {"CallSid": self.call_id, "From": self.caller, "To": "+911720000001"}
        self.answer = signed_post(self.client, path, {**fields, "Digits": keys})
        assert self.answer.status_code == 200, self.answer.status_code
        assert self.answer["Content-Type"].startswith("text/xml")
        assert not self.answer.cookies
        self.heard = fromstring(self.answer.content)  # noqa: S314 - our own words
        return self

    @property
    def gather(self) -> Element:
        found = self.heard.find("Gather")
        assert found is not None, self.said
        return found

    @property
    def action(self) -> str:
        address = self.gather.get("action") or ""
        return "/voice/" + address.split("/voice/")[1]

    @property
    def said(self) -> str:
        return " ".join(one.text or "" for one in self.heard.iter("Say"))

    @property
    def languages(self) -> set[str | None]:
        return {one.get("language") for one in self.heard.iter("Say")}

    @property
    def hung_up(self) -> bool:
        return self.heard.find("Hangup") is not None and self.heard.find("Gather") is None


def opened(row: Request, pin: str, *, language: str = "2", caller: str = PHONE) -> Caller:
    """A call that got as far as the status of ``row``; ``language`` is the key pressed for it."""
    return Caller(caller).call().press(language).press(phone_code_of(row.pk)).press(pin)
