"""Whether the portal lives, for whoever restarts it and for whoever watches over it.

Liveness (/healthz) asks only whether this process answers: restarting it mends no database.
Readiness (/readyz) says which part is not as it should be. Nothing here is personal, so both are
public; why a part is not well, and the figures, are told only to those inside (common/inside.py).
"""

import logging
from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from esachivalaya.common import registry, sweeps
from esachivalaya.common.inside import asked_from_inside
from esachivalaya.common.kept import Kept

logger = logging.getLogger(__name__)


@dataclass
class State:
    """What /readyz says. ``broken`` means that no page works; a problem alone is a warning."""

    facts: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    broken: bool = False

    @property
    def http(self) -> int:
        return 503 if self.broken else 200

    def as_data(self, *, inside: bool) -> dict[str, object]:
        """Return what is answered: to whoever is not ``inside``, only which part is not well."""
        worst = "ok" if set(self.facts.values()) <= {"ok"} else "degraded"
        status = "unavailable" if self.broken else worst
        if not inside:
            told = {name: "ok" if fact == "ok" else "not ok" for name, fact in self.facts.items()}
            return {"status": status, **told}
        seconds = {name: round(value, 1) for name, value in self.seconds.items()}
        return {"status": status, **self.facts, "seconds": seconds}


# Looking costs as much as a large page, and anybody may ask.
_for_strangers: Kept[State] = Kept(seconds=3, most=1)


@never_cache
@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer, without asking anything of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say what works: 503 when the database or its tables are missing, else 200.

    A lost Redis or late messages are told, but taking this process out of service would mend
    neither. Strangers are told what was found some seconds ago.
    """
    if asked_from_inside(request):
        state = _looked()
        return JsonResponse(state.as_data(inside=True), status=state.http)
    state = _for_strangers.get("state", _looked)
    return JsonResponse(state.as_data(inside=False), status=state.http)


def forget() -> None:
    """Look anew for whoever asks next."""
    _for_strangers.forget()


def _looked() -> State:
    state = State()
    try:
        _database(state)
    except DatabaseError as problem:
        logger.warning("Not ready: the database cannot be used (%s).", type(problem).__name__)
        state.facts["database"] = "cannot be used"
        state.broken = True
    state.facts["redis"] = _redis()
    return state


def _database(state: State) -> None:
    missing = _missing_migrations()
    state.facts["database"] = "ok"
    state.facts["migrations"] = f"{missing} missing" if missing else "ok"
    state.broken = bool(missing)
    if missing:
        return
    for fact in registry.readiness:
        name, problem = fact()
        state.facts[name] = problem or "ok"
    for measure in registry.measures:
        name, seconds = measure()
        state.seconds[name] = seconds
    state.seconds.update({f"since_{name}": age for name, age in sweeps.ages().items()})


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _redis() -> str:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return "cannot be reached"
    return "ok"
