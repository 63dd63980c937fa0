"""The portal's regular work: what there is, how often it is due, and whether it is late."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import sweeps

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Work:
    """One kind of regular work: under which name it is remembered, in words, when it is late."""

    name: str
    words: str | Promise
    late_after: float


# A few times what stands in CELERY_BEAT_SCHEDULE: one that was missed is no alarm.
ALL = (
    Work("enforce_deadlines", _("Answers requests whose time is up"), 5 * MINUTE),
    Work("send_messages", _("Sends messages"), 2 * MINUTE),
    Work("meetings", _("Opens and closes the rooms of meetings"), 5 * MINUTE),
    Work("draw_lots", _("Holds draws for times"), 10 * MINUTE),
    Work("draw_earlier", _("Offers times that became free"), 10 * MINUTE),
    Work("change_numbers", _("Changes mobile numbers whose time to object is over"), 10 * MINUTE),
    Work("plasma_hand_over", _("Hands over appeals to plasma donors"), 5 * MINUTE),
    Work("plasma_end_campaigns", _("Ends campaigns to plasma donors"), 15 * MINUTE),
    Work(
        "eoffice_close_questions",
        _("Reminds desks that were asked, and records who stayed silent"),
        20 * MINUTE,
    ),
    Work("eoffice_roll_up", _("Counts the work of e-Office for its reports"), HOUR),
    Work("eoffice_report_charges", _("Writes the reports of charges that changed hands"), HOUR),
    Work("roll_up", _("Counts the promise for the public page"), 30 * MINUTE),
    Work("follow_up", _("Reminds offices of the outcomes of meetings"), 3 * HOUR),
    Work("plasma_expire_pledges", _("Ends promises of donors that were not kept"), 3 * HOUR),
    Work("plasma_end_unrecorded", _("Ends visits to plasma banks without a record"), 3 * HOUR),
    Work("plasma_erase_due", _("Erases donors' data whose time is over"), 3 * HOUR),
    Work("sweep_old_rows", _("Removes what may be kept no longer"), 3 * HOUR),
    Work("audit_anchor", _("Seals the audit record of the day"), 26 * HOUR),
)
# What people wait for: that it is late is an alarm at once.
OF_THE_PROMISE = frozenset({"enforce_deadlines", "send_messages", "meetings"})


def late(ages: dict[str, float]) -> list[tuple[Work, float | None]]:
    """Return the work that is late, with the seconds since it was last done; None: never yet."""
    found = [(one, ages.get(one.name)) for one in ALL]
    return [(one, age) for one, age in found if age is None or age > one.late_after]


def readiness() -> tuple[str, str]:
    """Say which regular work is late, for /readyz; what was never done is a new portal's."""
    names = [one.name for one, age in late(sweeps.ages()) if age is not None]
    return "regular_work", f"late: {', '.join(names)}" if names else ""
