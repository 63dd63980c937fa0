"""Ports, passwords and the secret key of this checkout, in one file only its owner can read."""

import json
import os
import secrets
from typing import Any

from lib import places


def load() -> dict[str, Any]:
    """What was kept; what is missing is made once and kept from then on."""
    path = places.run_folder() / "state.json"
    try:
        kept: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        kept = {}
    fresh = {
        "secret_key": secrets.token_urlsafe(50),
        "superuser_password": secrets.token_urlsafe(24),
        "owner_password": secrets.token_urlsafe(24),
        "app_password": secrets.token_urlsafe(24),
        "valkey_password": secrets.token_urlsafe(24),
    }
    if missing := {name: value for name, value in fresh.items() if name not in kept}:
        kept.update(missing)
        save(kept)
    return kept


def save(kept: dict[str, Any]) -> None:
    """Replace the file as a whole: a power cut leaves the old one or the new one."""
    path = places.run_folder() / "state.json"
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(kept, file, indent=1)
    new.replace(path)
