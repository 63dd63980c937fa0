"""Sessions in the database, read and renewed by statements that are written out.

Django's own store with two of its queries in SQL: they run at every page, and composing them anew
costs more than answering them.
"""

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


class SessionStore(DatabaseStore):
    """A session whose row is read and updated in one statement each."""

    def _get_session_from_db(self) -> Any:
        found = _LOAD.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
            return None
        return found[0]

    def save(self, must_create: bool = False) -> None:
        """Renew the session's row; a session that was ended meanwhile is not revived."""
        if must_create or self.session_key is None:
            super().save(must_create=must_create)
            return
        data: dict[str, Any] = self._get_session()  # type: ignore[attr-defined]
        row = self.create_model_instance(data)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE django_session SET session_data = %s, expire_date = %s "
                "WHERE session_key = %s",
                [row.session_data, row.expire_date, row.session_key],
            )
            if cursor.rowcount != 1:
                raise UpdateError
