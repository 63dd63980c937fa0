"""Backups and their way back, with everything set up around them."""

from pathlib import Path

from lib import commands, services

# What follows these is no file.
NO_FILE_AFTER = ("--to", "--keep-days")


def backup(arguments: list[str]) -> int:
    return _manage("backup", arguments)


def restore(arguments: list[str]) -> int:
    """The database is there and empty; nothing has made tables in it yet."""
    return _manage("restore", arguments)


def _manage(command: str, arguments: list[str]) -> int:
    with services.running() as env:
        return commands.manage(command, *_from_here(arguments), env=commands.development(env))


def _from_here(arguments: list[str]) -> list[str]:
    """Commands run in the checkout; files are named from where one stands."""
    before = ["", *arguments]
    return [
        word if word.startswith("-") or former in NO_FILE_AFTER else str(Path.cwd() / word)
        for former, word in zip(before, arguments, strict=False)
    ]
