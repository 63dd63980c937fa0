"""Reads the settings' values from the environment, and says plainly what is wrong with one.

A missing or malformed value stops start-up with a sentence that says how to mend it. Every value
can also stand in a file that ``NAME_FILE`` points to, as container secrets do.
"""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_read = environ.FileAwareEnv()


def text(name: str, *, default: str | None = None, hint: str = "") -> str:
    """Return the variable ``name``; without it ``default``; without that, stop with ``hint``."""
    value = str(_read.str(name, default="")).strip()
    if value:
        return value
    if default is not None:
        return default
    raise ImproperlyConfigured(f"{name} is not set. {hint}")


def parsed(name: str, parse: Callable[[str], T], *, default: str | None = None, hint: str) -> T:
    """Return the variable through ``parse``; a ValueError there stops start-up with ``hint``."""
    value = text(name, default=default, hint=hint)
    try:
        return parse(value)
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} cannot be read: {problem}. {hint}") from problem


def switch(name: str, *, default: bool = False) -> bool:
    """Return a yes/no variable."""

    def parse(value: str) -> bool:
        word = value.lower()
        if word in environ.Env.BOOLEAN_TRUE_STRINGS:
            return True
        if word in {"false", "off", "no", "n", "0"}:
            return False
        raise ValueError(f"it is {value!r}")

    hint = "Set it to 'true' or 'false'."
    return parsed(name, parse, default="true" if default else "false", hint=hint)


def listed(name: str, *, default: str) -> list[str]:
    """Return a comma-separated variable as a list without empty entries."""
    return [part.strip() for part in text(name, default=default).split(",") if part.strip()]


def amount(text: str) -> float:
    """Return ``text`` as a number that is not below zero."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError("it is below zero or no amount")
    return number


def positive(text: str) -> float:
    """Return ``text`` as a number above zero."""
    number = amount(text)
    if not number:
        raise ValueError("it is zero")
    return number


def count(text: str) -> int:
    """Return ``text`` as a whole number of one or more."""
    number = int(text)
    if number < 1:
        raise ValueError("it is below one")
    return number


def postgres(url: str) -> dict[str, Any]:
    """Turn ``postgresql://user:password@host:port/name`` into a Django database setting.

    What stands behind a question mark (``?sslmode=verify-full``) is handed to the driver; a
    database that does not answer is given up soon unless that says otherwise.
    """
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ValueError("it does not begin with postgresql://")
    found: dict[str, Any] = environ.Env.db_url_config(url)
    if not found.get("NAME"):
        raise ValueError("it names no database")
    found["OPTIONS"] = {"connect_timeout": 5, **found.get("OPTIONS", {})}
    return found


def no_or_postgres(url: str) -> dict[str, Any]:
    """As :func:`postgres`; empty where there is none."""
    return postgres(url) if url else {}


def no_or_store(url: str) -> dict[str, Any]:
    """Turn ``s3://key:secret@host:port/bucket/prefix?region=…`` into what the store's client takes.

    ``s3+http://`` speaks without TLS, for a store inside one's own closed network. Empty: no store.
    """
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"s3", "s3+http"} or not parts.hostname:
        raise ValueError("it does not begin with s3:// and a host")
    if not (parts.username and parts.password):
        raise ValueError("it has no key and secret before the @")
    bucket, _slash, prefix = parts.path.strip("/").partition("/")
    if not bucket:
        raise ValueError("it names no bucket")
    port = f":{parts.port}" if parts.port else ""
    return {
        "endpoint_url": f"http{'' if parts.scheme == 's3+http' else 's'}://{parts.hostname}{port}",
        "access_key": unquote(parts.username),
        "secret_key": unquote(parts.password),
        "bucket_name": bucket,
        "region_name": parse_qs(parts.query).get("region", ["us-east-1"])[0],
        "location": prefix,
    }


def kept(store: dict[str, Any], folder: str, **more: Any) -> dict[str, Any] | None:
    """Return Django's setting of a storage in one folder of ``store``; None where there is none."""
    if not store:
        return None
    place = "/".join(filter(None, [store["location"], folder]))
    return {
        "BACKEND": "esachivalaya.common.object_store.ObjectStore",
        "OPTIONS": {**store, "location": place, **more},
    }


def redis(url: str) -> str:
    """Check that ``url`` is a Redis address and return it."""
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("it does not begin with redis://")
    return url


def clamd(address: str) -> str:
    """Check that ``address`` is where ClamAV's clamd listens (empty: nowhere) and return it."""
    if not address or address.removeprefix("unix:").startswith("/"):
        return address
    host, _colon, port = address.rpartition(":")
    plain = host and "/" not in host and not any(letter.isspace() for letter in host)
    if not (plain and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError("it is neither host:port nor the path of a socket")
    return address


def networks(value: str) -> list[IPv4Network | IPv6Network]:
    """Return a comma-separated list of networks; one address is a network of its own."""
    return [ip_network(part.strip()) for part in value.split(",") if part.strip()]


def no_or_sentry(address: str) -> str:
    """Check that ``address`` is empty or where a Sentry takes reports, and return it."""
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not (parts.username and parts.hostname):
        raise ValueError("it is no address with a key before the @")
    if not parts.path.rpartition("/")[2].isdecimal():
        raise ValueError("it does not end with the number of a project")
    return address


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reading that takes one of ``choices`` and nothing else."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"it is {value!r}, not one of {', '.join(choices)}")
        return value

    return parse


def relays(*schemes: str) -> Callable[[str], list[str]]:
    """Return a reading of addresses as browsers take them for relays: ``turn:host:port``."""

    def parse(value: str) -> list[str]:
        found = [part.strip() for part in value.split(",") if part.strip()]
        for address in found:
            scheme, _colon, rest = address.partition(":")
            host, _question, query = rest.partition("?")
            name, _colon, port = host.rpartition(":") if host.count(":") == 1 else (host, "", "1")
            if scheme not in schemes:
                raise ValueError(f"{address!r} does not begin with {' or '.join(schemes)}:")
            if not name or "/" in name or not (port.isascii() and port.isdecimal()):
                raise ValueError(f"{address!r} names no host, or its port is no number")
            if query not in {"", "transport=udp", "transport=tcp"}:
                raise ValueError(f"{address!r} has something else than transport=udp or tcp")
        return found

    return parse


def no_or_public_url(url: str) -> str:
    """Check an address that may be left out; return it without a slash."""
    return public_url(url) if url else ""


def public_url(url: str) -> str:
    """Check that ``url`` is the portal's address as people see it; return it without a slash."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is not an http:// or https:// address")
    return url.rstrip("/")


def smtp(url: str) -> dict[str, Any]:
    """Turn ``smtp://user:password@host:port`` into Django's e-mail settings, with the gateway.

    ``smtp+tls://`` uses STARTTLS, ``smtp+ssl://`` TLS from the first byte, ``none:`` keeps e-mails
    in the portal's own outbox, where the demo page shows them.
    """
    if url == "none:":
        return {"EMAIL_GATEWAY": "outbox-page"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtp+ssl"} or not parts.hostname:
        raise ValueError("it is not an smtp://, smtp+tls:// or smtp+ssl:// address")
    return {"EMAIL_GATEWAY": "smtp", **environ.Env.email_url_config(url)}
