"""A stand-in for Twilio in a process of its own, which writes down what it accepts.

It speaks the part of the API that the portal uses: create, and list by number. A message is taken,
and stands in the record, whether or not the caller lives to hear of it. Run as
``python -m benchmarks.messages.provider FOLDER SECONDS``; the port stands in FOLDER/port.
"""

import asyncio
import itertools
import json
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32


class Provider:
    """Takes messages after a moment and never forgets one."""

    def __init__(self, record: TextIO, seconds: float) -> None:
        self._record = record
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._by_number: dict[str, list[dict[str, Any]]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, request after request."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, _mark, rest = head.partition("\r\n")
                method, target, _version = line.split(" ", 2)
                length = _length(rest)
                body = (await reader.readexactly(length)).decode() if length else ""
                status, data = await self._answer(method, target, body)
                payload = json.dumps(data).encode()
                writer.write(
                    f"HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(payload)}\r\n\r\n".encode()
                    + payload
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            # The caller hung up, or was killed.
            writer.close()

    async def _answer(self, method: str, target: str, body: str) -> tuple[int, dict[str, Any]]:
        if method == "POST":
            # Whoever is killed from here on leaves a message behind that was taken.
            await asyncio.sleep(self._seconds)
            return 201, self._take(parse_qs(body))
        wanted = parse_qs(urlsplit(target).query).get("To", [""])[0]
        found = self._by_number.get(wanted, [])
        return 200, {"messages": found, "page": 0, "page_size": 50, "next_page_uri": None}

    def _take(self, fields: dict[str, list[str]]) -> dict[str, Any]:
        to, body = fields["To"][0], fields["Body"][0]
        now = time.time()
        message = {
            "sid": f"SM{next(self._numbers):032x}",
            "account_sid": ACCOUNT,
            "to": to,
            "body": body,
            "status": "accepted",
            "error_code": None,
            "num_segments": "1",
            "date_created": formatdate(now, usegmt=True),
            "date_sent": None,
            "uri": "/",
        }
        self._by_number.setdefault(to, []).append(message)
        # By this address the portal is told how it went: each message has its own.
        row = fields.get("StatusCallback", [""])[0]
        self._record.write(json.dumps({"at": now, "to": to, "body": body, "row": row}) + "\n")
        self._record.flush()
        return message


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _mark, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


async def main(folder: Path, seconds: float) -> None:
    with (folder / "accepted.jsonl").open("a") as record:
        server = await asyncio.start_server(
            Provider(record, seconds).serve, "127.0.0.1", 0, backlog=1024
        )
        port = server.sockets[0].getsockname()[1]
        part = folder / "port.part"
        part.write_text(str(port))
        part.rename(folder / "port")
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
