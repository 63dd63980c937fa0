"""Sessions in the database, read and renewed by statements that are written out.

Django's own store with two of its queries in SQL: they run at every page, and composing them anew
costs more than answering them. And of two requests that write one session neither undoes what the
other wrote: a counter that was locked stays locked when a slower page of it ends after that.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from esachivalaya.common.written_out import WrittenOut

_LOAD = WrittenOut(
    "SELECT {session} FROM django_session session "
    "WHERE session.session_key = %(key)s AND session.expire_date > %(now)s",
    session=Session,
)
_RENEW = (
    "UPDATE django_session SET session_data = %s, expire_date = %s "
    "WHERE session_key = %s AND session_data = coalesce(%s, session_data)"
)


class SessionStore(DatabaseStore):
    """A session whose row is read and updated in one statement each."""

    # What stood in the row when it was read or written here; None for one that was made here.
    _stored: str | None = None

    def load(self) -> dict[str, Any]:
        """Return what the session holds, {} when it is over."""
        row = self._get_session_from_db()
        self._stored = row.session_data if row is not None else None
        found: dict[str, Any] = self.decode(row.session_data) if row is not None else {}
        return found

    def _get_session_from_db(self) -> Any:
        found = _LOAD.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
            return None
        return found[0]

    def save(self, must_create: bool = False) -> None:
        """Renew the session's row; a session that was ended meanwhile is not revived.

        What another request has written since this one read it stays, entry by entry.
        """
        if must_create or self.session_key is None:
            self._stored = None
            super().save(must_create=must_create)
            return
        data: dict[str, Any] = self._get_session()  # type: ignore[attr-defined]
        while not self._renewed(data):
            before = self.decode(self._stored) if self._stored is not None else {}
            row = Session.objects.filter(session_key=self.session_key).first()
            if row is None:
                raise UpdateError
            self._stored = row.session_data
            data = _merged(before, data, self.decode(row.session_data))
            self._session_cache = data

    def _renewed(self, data: dict[str, Any]) -> bool:
        """Write ``data`` unless the row holds something else than was read here."""
        row = self.create_model_instance(data)
        with connection.cursor() as cursor:
            cursor.execute(
                _RENEW, [row.session_data, row.expire_date, row.session_key, self._stored]
            )
            done: bool = cursor.rowcount == 1
        if done:
            self._stored = row.session_data
        return done


def _merged(
    before: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``theirs`` with what differs between ``before`` and ``mine``; so within an entry."""
    found = dict(theirs)
    for name in before.keys() | mine.keys():
        if name not in mine:
            found.pop(name, None)
        elif name not in before or mine[name] != before[name]:
            old, new, now = before.get(name), mine[name], theirs.get(name)
            if isinstance(new, dict) and isinstance(now, dict):
                found[name] = _merged(old if isinstance(old, dict) else {}, new, now)
            else:
                found[name] = new
    return found
