"""What the figures mean, in plain words: what is well, what lags, and what to do.

The same bounds stand in docker/prometheus/rules.yml; docs/operations.md says more on each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from esachivalaya.common.formats import indian_number
from esachivalaya.notifications.admin.operations import duration
from esachivalaya.notifications.models import MessageClass
from esachivalaya.watching import work
from esachivalaya.watching.figures import FREE, PAPERS_UP, Told

PAST_DUE_SECONDS = 300.0
LANE_SECONDS = 120.0
BREACHES_A_DAY = 50
ROOM_BYTES = 5 * 1024**3
FAILED_PART = 0.2
FAILED_LEAST = 20
CODES_PART = 0.8


@dataclass(frozen=True)
class Finding:
    """One part of the portal: how it is, what that means, and what to do about it.

    ``level`` is "done" (well), "waiting" (look at it today) or "breach" (act now).
    """

    key: str
    title: str
    level: str
    says: str
    steps: Sequence[str] = field(default_factory=tuple)


def findings(told: Told) -> list[Finding]:
    """Return how each part is, the worst first."""
    if not told.readable:
        return [_database(), *_always(told)]
    judges: tuple[Callable[[Told], Finding], ...] = (
        _promise, _work, _messages, _given_up, _failed, _gateways, _breaches, _codes,
    )  # fmt: skip
    found = [judge(told) for judge in judges] + _always(told)
    order = {"breach": 0, "waiting": 1, "done": 2}
    return sorted(found, key=lambda one: order[one.level])


def _always(told: Told) -> list[Finding]:
    return [_redis(told), _room(told)]


def _database() -> Finding:
    return Finding(
        "database", _("Database"), "breach", _("The database does not answer: no page works."),
        (_("Start PostgreSQL; if it runs, look at its disk and its log."),
         _("Nothing confirmed is lost. Restore no copy before somebody has looked.")),
    )  # fmt: skip


def _promise(told: Told) -> Finding:
    title = _("The answer within 24 hours")
    waiting = told["esachivalaya_requests_waiting"].value
    past = int(told["esachivalaya_requests_past_due"].value)
    seconds = told["esachivalaya_oldest_request_past_due_seconds"].value
    if seconds <= PAST_DUE_SECONDS:
        words = ngettext(
            "%(count)s request waits for its answer; none is late.",
            "%(count)s requests wait for their answers; none is late.",
            int(waiting),
        )
        return Finding("promise", title, "done", words % {"count": indian_number(int(waiting))})
    words = ngettext(
        "%(count)s request is past its time, and the portal did not answer. Oldest: %(age)s.",
        "%(count)s requests are past their time, and the portal did not answer. Oldest: %(age)s.",
        past,
    )  # fmt: skip
    return Finding(
        "promise", title, "breach",
        words % {"count": indian_number(past), "age": duration(seconds)},
        (_("Look whether the workers run; start them."),
         _("By hand: python manage.py enforce_deadlines. It is safe to run it twice.")),
    )  # fmt: skip


def _work(told: Told) -> Finding:
    title = _("Regular work")
    done_at = told["esachivalaya_work_last_success_timestamp_seconds"].values
    now = told.read_at
    ages = {name: now - at for (name,), at in done_at.items()}
    late = work.late(ages)
    if not late:
        return Finding("work", title, "done", _("All regular work was done in its time."))
    level = "breach" if any(one.name in work.OF_THE_PROMISE for one, _age in late) else "waiting"
    return Finding(
        "work", title, level, _("Some regular work is late; the table below names it."),
        (_("If all of it is late: start the workers and beat, and look whether Redis runs."),
         _("If one kind is late: look in the log for its name; it tries again by itself.")),
    )  # fmt: skip


def _messages(told: Told) -> Finding:
    title = _("Messages going out")
    ages = told["esachivalaya_oldest_due_message_seconds"].values
    slow = [(name, age) for (name,), age in ages.items() if age > LANE_SECONDS]
    if not slow:
        return Finding("messages", title, "done", _("Nothing waits longer than two minutes."))
    lanes = ", ".join(f"{MessageClass(name).label} ({duration(age)})" for name, age in slow)
    # Appeals may wait for Redis; what a person waits for may not.
    urgent = any(name != MessageClass.APPEAL for name, _age in slow)
    return Finding(
        "messages", title, "breach" if urgent else "waiting",
        _("These wait too long: %s.") % lanes,
        (_("Look at the page of the messages: is a gateway stopped?"),
         _("If none is: start the workers, or python manage.py send_messages --forever.")),
    )  # fmt: skip


def _given_up(told: Told) -> Finding:
    title = _("Messages given up")
    dead = int(told["esachivalaya_messages_dead"].value)
    if not dead:
        return Finding("dead", title, "done", _("No message was given up."))
    words = ngettext("%s message was given up.", "%s messages were given up.", dead)
    return Finding(
        "dead", title, "waiting", words % indian_number(dead),
        (_("Open the page of the messages, mend the cause, and send them once more."),),
    )  # fmt: skip


def _failed(told: Told) -> Finding:
    title = _("Messages that did not arrive")
    failed = told["esachivalaya_messages_failed_last_hour"].value
    written = told["esachivalaya_messages_written_last_hour"].value
    says = _("%(failed)s of %(written)s messages of the last hour did not arrive.") % {
        "failed": indian_number(int(failed)), "written": indian_number(int(written)),
    }  # fmt: skip
    if failed < FAILED_LEAST or failed <= written * FAILED_PART:
        return Finding("failed", title, "done", says)
    return Finding(
        "failed", title, "waiting", says,
        (_("On the page of the messages, see which network or which words fail."),
         _("One network: ask the provider. One text: compare it with the registered one.")),
    )  # fmt: skip


def _gateways(told: Told) -> Finding:
    title = _("Gateways for SMS and e-mail")
    stopped = [
        name for (name,), value in told["esachivalaya_gateway_stopped"].values.items() if value
    ]
    if not stopped:
        return Finding("gateways", title, "done", _("No gateway is stopped."))
    return Finding(
        "gateways", title, "breach",
        _("Nothing goes out through: %s. The messages wait; none is lost.") % ", ".join(stopped),
        (_("Mend the account or the settings, then try again on the page of the messages."),),
    )  # fmt: skip


def _breaches(told: Told) -> Finding:
    title = _("Offices that did not answer")
    missed = int(told["esachivalaya_breaches_last_day"].value)
    words = ngettext(
        "In the last 24 hours %s request was not answered by its office in time.",
        "In the last 24 hours %s requests were not answered by their offices in time.",
        missed,
    )
    if missed < BREACHES_A_DAY:
        return Finding("breaches", title, "done", words % indian_number(missed))
    return Finding(
        "breaches", title, "waiting", words % indian_number(missed),
        (_("The portal answered for them. See in the reports which offices these are."),
         _("If it is nearly all: were reminders sent? Look at the messages.")),
    )  # fmt: skip


def _codes(told: Told) -> Finding:
    title = _("One-time codes")
    sent = told["esachivalaya_codes_last_day"].value
    most = told["esachivalaya_codes_day_limit"].value
    says = _("%(sent)s codes were sent in 24 hours; strangers get up to %(most)s.") % {
        "sent": indian_number(int(sent)), "most": indian_number(int(most)),
    }  # fmt: skip
    if sent < most * CODES_PART:
        return Finding("codes", title, "done", says)
    return Finding(
        "codes", title, "breach", says,
        (_("A day of many bookings: raise CODES_PER_DAY and restart the web servers."),
         _("Otherwise somebody makes the portal send codes: leave the limit as it is."),
         _("At this number strangers get no code. Counters, whoever is signed in, and browsers in "
           "which the number signed in before go on.")),
    )  # fmt: skip


def _redis(told: Told) -> Finding:
    if told["esachivalaya_redis_up"].value:
        return Finding("redis", _("Redis"), "done", _("Redis answers."))
    return Finding(
        "redis", _("Redis"), "waiting",
        _("Redis does not answer. Pages work, messages go out slowly, appeals wait."),
        (_("Start Redis. Nothing is lost; what was in it is made anew."),),
    )  # fmt: skip


def _room(told: Told) -> Finding:
    title = _("Room for papers")
    if not told[PAPERS_UP].value:
        return Finding(
            "room", title, "breach", _("The place of the papers does not answer."),
            (_("Start the store, or mount the disk again; look at UPLOADS_URL and DATA_DIR."),
             _("Until then no paper can be sent or opened. Nothing is half kept.")),
        )  # fmt: skip
    if FREE not in told.figures:
        return Finding("room", title, "done", _("Papers are in a store, and it answers."))
    free = told[FREE].value
    says = _("%s GB are free.") % indian_number(int(free / 1024**3))
    if free >= ROOM_BYTES:
        return Finding("room", title, "done", says)
    return Finding(
        "room", title, "breach", says,
        (_("Give the disk of DATA_DIR more room. Delete nothing there by hand."),),
    )  # fmt: skip
