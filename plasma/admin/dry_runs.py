"""What a dry run found, in words and figures, as the approving officer reads it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from esachivalaya.common.formats import datetime_long, indian_number
from plasma.models import Campaign
from plasma.services.planning import LEFT_OUT


def rupees(paise: int) -> str:
    """Write an amount in rupees, with Indian grouping."""
    return f"₹ {indian_number(paise // 100)}.{paise % 100:02}"


def shown(row: Campaign) -> dict[str, Any] | None:
    """Return the figures of the campaign's dry run, or None before there is one."""
    found = row.dry_run
    if not found:
        return None
    left_out = found["left_out"]
    return {
        "at": row.dry_run_at,
        "figures": [
            (_("People"), indian_number(found["people"]), _numbers(found)),
            (_("Messages"), indian_number(found["messages"]), ""),
            (_("Segments"), indian_number(found["segments"]), ""),
            (_("Cost"), rupees(found["cost_paise"]), ""),
        ],
        "finish": _finish(found),
        "in_time": bool(found["finishes_at"]),
        "left_out": [
            (str(words), indian_number(left_out[reason]))
            for reason, words in LEFT_OUT.items()
            if left_out.get(reason)
        ],
        "left_out_count": indian_number(sum(left_out.values())),
    }


def _numbers(found: dict[str, Any]) -> str:
    if found["numbers"] == found["people"]:
        return ""
    return _("on %(count)s numbers") % {"count": indian_number(found["numbers"])}


def _finish(found: dict[str, Any]) -> str:
    if not found["people"]:
        return _("Nobody would be asked.")
    if found["finishes_at"]:
        when = datetime_long(datetime.fromisoformat(found["finishes_at"]))
        words = _("If it starts now, the last message goes about %(when)s.")
        return words % {"when": when}
    words = _(
        "It ends before everybody is asked: at this pace %(part)s of %(all)s segments go. Give it "
        "a later end, longer hours or a faster pace."
    )
    return words % {
        "part": indian_number(found["segments_in_time"]),
        "all": indian_number(found["segments"]),
    }
