"""Whether the promise is being kept at this moment, for /readyz."""

from django.db.models import Min

from appointments.models import Request
from esachivalaya.common import clock

# The sweep comes each minute; after five somebody should look.
LATE_SECONDS = 300.0


def oldest_past_due() -> tuple[str, float]:
    """Return for how many seconds the time of the oldest request without an answer is up."""
    now = clock.now()
    due = Request.objects.overdue(now).aggregate(due=Min("due_at"))["due"]
    return "oldest_request_past_due", (now - due).total_seconds() if due else 0.0


def promise() -> tuple[str, str]:
    """Say when requests whose time is up are not being answered by the portal."""
    _name, seconds = oldest_past_due()
    late = seconds > LATE_SECONDS
    return "promise", f"a request's time has been up for {seconds:.0f} s" if late else ""
