"""Encryption to a key that the portal does not hold (age), as a stream: nothing waits in clear.

The portal knows the public key only. Whoever takes it over, or takes an archive away, reads none.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage
from django.core.management.base import CommandError
from pyrage import x25519

MAGIC = b"age-encryption.org/v1"


def recipients(names: Sequence[str]) -> list[x25519.Recipient]:
    """Read public keys; one that cannot be read is a CommandError."""
    try:
        return [x25519.Recipient.from_str(name) for name in names]
    except pyrage.RecipientError:
        raise CommandError(
            "A key of BACKUP_RECIPIENTS cannot be read: write public keys that begin with age1, "
            "separated by commas."
        ) from None


def identity(path: Path) -> x25519.Identity:
    """Read the private key that an archive opens with."""
    try:
        text = path.read_text(encoding="ascii")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return x25519.Identity.from_str(next(line for line in lines if not line.startswith("#")))
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}.") from None
    except (ValueError, StopIteration, pyrage.IdentityError):
        raise CommandError(f"{path} holds no private key (AGE-SECRET-KEY-…).") from None


def new_identity(path: Path) -> str:
    """Make a key pair: the private half goes to ``path``, the public one is returned."""
    made = x25519.Identity.generate()
    public = str(made.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{made}\n")
    return public


@contextmanager
def writing(target: BinaryIO, to: Sequence[x25519.Recipient]) -> Iterator[BinaryIO]:
    """Yield a stream; what is written to it goes to ``target``, encrypted when ``to`` names keys.

    A target that takes no more (a full disk) is an OSError that says so.
    """
    if not to:
        yield target
        return
    out, into = os.pipe()
    with _beside(lambda: _encrypt(out, target, to)) as ended:
        try:
            with os.fdopen(into, "wb") as clear:
                yield clear
        except BrokenPipeError:
            # The other side ended first: its reason is the one to tell.
            raise OSError(str(ended())) from None
        if problem := ended():
            raise OSError(str(problem)) from None


@contextmanager
def reading(path: Path, key: x25519.Identity | None) -> Iterator[BinaryIO]:
    """Yield the clear content of an archive; whoever reads it reads it to its end."""
    with path.open("rb") as file:
        encrypted = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        if not encrypted:
            yield file
            return
        if key is None:
            raise CommandError("This archive is encrypted: name its private key with --identity.")
        out, into = os.pipe()
        with _beside(lambda: _decrypt(file, into, key)) as ended:
            try:
                with os.fdopen(out, "rb") as clear:
                    yield clear
            except Exception:
                if "No matching keys" in str(ended()):
                    raise CommandError("This private key is not one of this archive.") from None
                raise
            if problem := ended():
                raise problem


def _encrypt(out: int, target: BinaryIO, to: Sequence[x25519.Recipient]) -> None:
    with os.fdopen(out, "rb") as clear:
        pyrage.encrypt_io(clear, target, to)


def _decrypt(file: BinaryIO, into: int, key: x25519.Identity) -> None:
    with os.fdopen(into, "wb") as clear:
        pyrage.decrypt_io(file, clear, [key])


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[Callable[[], BaseException | None]]:
    """Run ``work`` in a thread; what is yielded waits for its end and returns what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            raised.append(problem)

    def ended() -> BaseException | None:
        thread.join()
        return raised[0] if raised else None

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield ended
