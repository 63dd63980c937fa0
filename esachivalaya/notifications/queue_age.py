"""How late the messages are: the sign of life of the workers."""

from esachivalaya.notifications.models import Message

# The promise is ten seconds; after two minutes somebody should look.
LATE_SECONDS = 120.0


def oldest_due_message() -> tuple[str, float]:
    """Return the age of the oldest message that should have gone out."""
    return "oldest_due_message", Message.objects.all().oldest_wait()


def readiness() -> tuple[str, str]:
    """Say when messages wait too long: no worker runs, or no gateway takes them."""
    _name, seconds = oldest_due_message()
    late = seconds > LATE_SECONDS
    return "messages", f"the oldest has waited {seconds:.0f} s" if late else ""
