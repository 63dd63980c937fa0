"""Counters that are locked, left alone and opened again, as the tests speak of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import User
from kendras.services import sitting

At = Callable[[Client, User], Client]
PINS = {"pooja": "280519", "rakesh": "490317"}
JSON = {"headers": {"Accept": "application/json"}}


def at(name: str, code: str = "REW-0001", **query: str) -> str:
    return reverse(f"kendras:{name}", args=[code], query=query or None)


def unlock(client: Client, user: User, pin: str, **given: str) -> Any:
    return client.post(at("locked"), {"user": str(user.pk), "pin": pin, **given})


def locked(client: Client) -> Client:
    assert client.post(at("lock")).headers["Location"] == at("locked")
    return client


def left_alone(client: Client, by: timedelta) -> None:
    """Shift when the counter was last touched, as time would."""
    session = client.session
    state = session[sitting.STATE]
    touched = datetime.fromisoformat(state["touched"]) - by
    session[sitting.STATE] = {**state, "touched": touched.isoformat()}
    session.save()
