"""Two requests of one session end at different moments: neither undoes what the other wrote."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    """The key of a session that holds a few things."""
    session = SessionStore()
    session.update({"draft": "a", "grants": {"ES1": 1, "ES2": 2}, "old": True})
    session.create()
    assert session.session_key
    return session.session_key


def loaded(key: str) -> SessionStore:
    """The session as a request that begins now reads it."""
    session = SessionStore(key)
    assert session["draft"] == "a"
    return session


def stored(key: str) -> dict[str, Any]:
    return dict(SessionStore(key).items())


def test_what_another_one_wrote_meanwhile_stays(key: str) -> None:
    slow, quick = loaded(key), loaded(key)
    quick["locked"] = "REW-0001"
    del quick["old"]
    quick.save()
    slow["draft"] = "b"
    slow.save()
    assert stored(key) == {"draft": "b", "grants": {"ES1": 1, "ES2": 2}, "locked": "REW-0001"}
    slow["draft"] = "c"
    slow.save()
    assert stored(key)["locked"] == "REW-0001"
    # Whoever saved knows what stands there now.
    assert slow["locked"] == "REW-0001"


def test_nor_is_an_entry_lost_that_stands_beside_ones_own(key: str) -> None:
    slow, quick = loaded(key), loaded(key)
    quick["grants"] = {"ES1": 1, "ES3": 3}
    quick.save()
    slow["grants"] = {**slow["grants"], "ES4": 4}
    slow.save()
    assert stored(key)["grants"] == {"ES1": 1, "ES3": 3, "ES4": 4}


def test_what_was_taken_away_whole_does_not_come_back(key: str) -> None:
    slow, quick = loaded(key), loaded(key)
    del quick["grants"]
    quick.save()
    slow["draft"] = "b"
    slow.save()
    assert stored(key) == {"draft": "b", "old": True}


def test_a_session_that_was_ended_is_not_revived(key: str) -> None:
    slow, quick = loaded(key), loaded(key)
    quick.flush()
    slow["draft"] = "b"
    with pytest.raises(UpdateError):
        slow.save()
    assert stored(key) == {}


def test_where_nobody_wrote_meanwhile_it_is_one_statement(key: str) -> None:
    session = loaded(key)
    session["draft"] = "b"
    with CaptureQueriesContext(connection) as asked:
        session.save()
    assert len(asked) == 1
