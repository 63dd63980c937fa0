"""How the web server keeps its logs and its figures; gunicorn reads this file by itself.

Where it listens and with how many workers stands on the command line (Dockerfile, script/server).
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

# Workers count apart and are told together: each keeps its figures in a file of this folder. It is
# named before a worker reads prometheus_client, and is of this server alone.
_own = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if _own:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="esachivalaya-figures-")
FIGURES = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])

from prometheus_client import multiprocess  # noqa: E402 - it reads the name of the folder

_as_json = os.environ.get("LOG_FORMAT", "json").strip() != "line"
_level = "INFO" if _as_json else "WARNING"
# The server's own few lines. Requests are told by the portal, which knows the page's name: what
# gunicorn would tell is the address, and that carries references.
accesslog = None
# A way in that nobody uses, at one path for all servers of an account.
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "told": {"()": "esachivalaya.common.logs." + ("AsJson" if _as_json else "WithoutRows")}
    },
    "handlers": {"told": {"class": "logging.StreamHandler", "formatter": "told"}},
    "root": {"level": _level, "handlers": ["told"]},
    "loggers": {"gunicorn.error": {"level": _level, "handlers": ["told"], "propagate": False}},
}


def on_starting(_server: Any) -> None:
    """Begin to count from nothing: what an earlier server left is of processes that are gone."""
    FIGURES.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in FIGURES.glob("*.db"):
        left.unlink(missing_ok=True)


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the figures of the moment of a worker that ended; what it counted stays counted."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    if _own:
        shutil.rmtree(FIGURES, ignore_errors=True)
