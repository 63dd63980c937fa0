"""ClamAV, where it is set up: every paper is looked at before it is kept, or is not kept."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from esachivalaya import environment
from esachivalaya.common import scanner, uploads
from tests.papers import pdf

# The harmless text that every scanner calls a virus, in two parts so that this file is none.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 200_000


class Clamd:
    """A small clamd on loopback: it reads INSTREAM as the real one does and keeps what it heard."""

    def __init__(
        self, answer: Callable[[bytes], bytes] | None = None, *, slow: bool = False
    ) -> None:
        self.answer = answer or self.verdict
        self.slow = slow
        self.heard: list[bytes] = []
        self.done = threading.Event()

    @staticmethod
    def verdict(content: bytes) -> bytes:
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"

    def serve(self, server: socket.socket) -> None:
        while not self.done.is_set():
            try:
                link, _peer = server.accept()
            except OSError:
                return
            with link:
                self.speak(link)

    def speak(self, link: socket.socket) -> None:
        read = link.makefile("rb")
        command = b""
        while not command.endswith(b"\0"):
            command += read.read(1)
        if command == b"zPING\0":
            link.sendall(b"PONG\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", read.read(4))[0]:
            content += read.read(size)
            if len(content) > LIMIT:
                link.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.heard.append(content)
        if self.slow:
            self.done.wait(30)
            return
        link.sendall(self.answer(content) + b"\0")


@contextmanager
def running(settings: Settings, clamd: Clamd, path: Path | None = None) -> Iterator[Clamd]:
    family = socket.AF_UNIX if path else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(str(path) if path else ("127.0.0.1", 0))
    server.listen()
    settings.CLAMD_ADDRESS = str(path) if path else f"127.0.0.1:{server.getsockname()[1]}"
    thread = threading.Thread(target=clamd.serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield clamd
    finally:
        clamd.done.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def refused(content: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as problem:
        uploads.checked(SimpleUploadedFile("Asha Devi.pdf", content))
    return problem.value


def infected() -> bytes:
    return pdf(label="x").replace(b"%%EOF", b"%" + EICAR + b"\n%%EOF")


def test_without_an_address_nothing_is_scanned(settings: Settings) -> None:
    settings.CLAMD_ADDRESS = ""
    assert uploads.checked(SimpleUploadedFile("a.pdf", pdf())).scanner == ""


def test_a_clean_paper_passes_and_was_streamed_whole(settings: Settings) -> None:
    content = pdf(40, label="long" * 10_000)
    with running(settings, Clamd()) as clamd:
        assert uploads.checked(SimpleUploadedFile("a.pdf", content)).scanner == "clamav"
    assert clamd.heard == [content]


def test_a_virus_is_refused_and_logged_without_the_person(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with running(settings, Clamd()):
        problem = refused(infected())
    assert problem.code == "infected"
    assert "Eicar-Test-Signature" in caplog.text
    assert "Asha" not in caplog.text


@pytest.mark.enable_socket
def test_clamd_behind_a_socket_of_the_machine_is_asked_too(
    settings: Settings, tmp_path: Path
) -> None:
    with running(settings, Clamd(), tmp_path / "clamd.sock"):
        assert refused(infected()).code == "infected"
        settings.CLAMD_ADDRESS = f"unix:{settings.CLAMD_ADDRESS}"
        assert uploads.checked(SimpleUploadedFile("a.pdf", pdf())).scanner == "clamav"


@pytest.mark.parametrize(
    "answer",
    [b"", b"stream: ERROR", b"\xff\xfe\x00garbage", b"x" * 5000, b"stream: OK FOUND OK", b"OK"],
)
def test_garbage_is_no_verdict(settings: Settings, answer: bytes) -> None:
    with running(settings, Clamd(lambda _content: answer)):
        assert refused(pdf()).code == "unchecked"


def test_what_is_over_the_scanner_s_own_limit_is_not_kept(settings: Settings) -> None:
    with running(settings, Clamd()):
        assert refused(pdf(label="y" * 3_000_000)).code == "unchecked"


def test_a_scanner_that_says_nothing_is_not_waited_for_long(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SECONDS", 0.3)
    started = time.monotonic()
    with running(settings, Clamd(slow=True)):
        assert refused(pdf()).code == "unchecked"
    assert time.monotonic() - started < 5


def test_without_the_scanner_no_paper_is_kept(settings: Settings) -> None:
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    assert refused(pdf()).code == "unchecked"
    assert scanner.readiness() == ("virus_scanner", "it cannot be reached")


def test_readiness_says_that_the_scanner_answers(settings: Settings) -> None:
    with running(settings, Clamd()):
        assert scanner.readiness() == ("virus_scanner", "")


@pytest.mark.parametrize(
    "address", ["", "clamav:3310", "[::1]:3310", "/run/clamd.sock", "unix:/run/clamd.sock"]
)
def test_an_address_is_taken(address: str) -> None:
    assert environment.clamd(address) == address


@pytest.mark.parametrize(
    "address", ["clamav", "clamav:", ":3310", "clamav:0", "clamav:99999", "tcp://clamav:3310"]
)
def test_a_malformed_address_stops_the_start(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAMD_ADDRESS", address)
    with pytest.raises(ImproperlyConfigured, match="clamav:3310"):
        environment.parsed("CLAMD_ADDRESS", environment.clamd, hint="Write clamav:3310.")


def test_a_scanner_that_hangs_holds_few_papers_and_the_next_one_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLAMD_ADDRESS = ""
    monkeypatch.setattr(uploads, "WAIT_SECONDS", 0.01)
    turns = uploads._turns
    for _place in range(uploads.AT_ONCE):
        assert turns.acquire(blocking=False)
    try:
        assert refused(pdf()).code == "unchecked"
    finally:
        turns.release(uploads.AT_ONCE)
    # Each turn comes back, whatever became of the paper.
    for _time in range(uploads.AT_ONCE + 1):
        assert refused(b"%PDF-nothing").code == "broken"
    assert uploads.checked(SimpleUploadedFile("a.pdf", pdf())).pages == 1
