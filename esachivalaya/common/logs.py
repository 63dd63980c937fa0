"""What the logs say: a line for each record, and nobody's data."""

import logging
import re
from types import TracebackType

# PostgreSQL quotes the whole row that it refuses, with phone and words.
_QUOTED = re.compile(
    r"^DETAIL:.*?(?=^\s*$|^\w[\w.]*(?:Error|Exception)\b|^Traceback|\Z)", re.MULTILINE | re.DOTALL
)


class WithoutRows(logging.Formatter):
    """A formatter whose tracebacks leave out the rows that the database quotes."""

    def formatException(  # noqa: N802 (the name is the library's)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return _QUOTED.sub("DETAIL: left out\n", super().formatException(ei)).rstrip()
