"""The phones of the walk-ins: what the provider took for them, read from its record."""

import asyncio
import json
import re
import time
from pathlib import Path

CODE = re.compile(r": (\d{6}) से केंद्र")
EVERY = 0.25


class Phones:
    """Shows the code that came to a phone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "accepted.jsonl"
        self._read = 0
        self.shown: dict[str, str] = {}

    async def code_on(self, phone: str, *, seconds: float) -> str | None:
        """Wait for the code on ``phone`` (E.164); None when none comes in that time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if phone in self.shown:
                return self.shown.pop(phone)
            await asyncio.sleep(EVERY)
        return None

    async def watch(self) -> None:
        """Read what the provider writes down, for as long as this is not cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Read the lines that were added and are whole."""
        if not self._path.exists():
            return
        with self._path.open("rb") as record:
            record.seek(self._read)
            whole, _mark, _rest = record.read().rpartition(b"\n")
        self._read += len(whole) + 1 if whole else 0
        for line in whole.splitlines():
            one = json.loads(line)
            if found := CODE.search(one["body"]):
                self.shown[one["to"]] = found[1]
