"""A request as label and value: before it is sent, and afterwards."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from appointments import diary
from appointments.forms.booking import MOST_COMPANIONS
from appointments.forms.fields import ANY_TIME
from appointments.models import Category, Draft, Request
from appointments.views.draw_sending import days_words, draw_shown
from appointments.views.steps import url_of
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.models.users import Language
from esachivalaya.common.formats import chosen_language, datetime_long
from officials.models import Hours, Service

Row = dict[str, Any]


def named(thing: Any, field: str = "name") -> str:
    """Return the name of something that has one in each language."""
    return str(getattr(thing, f"{field}_{chosen_language()}")) if thing is not None else ""


def summary_of(draft: Draft, citizen: Citizen, category: Category | None) -> list[Row]:
    """Return what will be sent; each row leads to the step that changes it."""
    data, code = draft.data, draft.post.code
    time, about, meeting = data["time"], data["about"], data["meeting"]
    private = _("Yes: it opens only with its PIN") if meeting["private"] else ""
    draw = draw_shown(draft)
    papers = [paper.name for paper in draft.attachments.all()]
    rows = [
        ("", _("Office"), named(draft.post, "title")),
        ("time", _("Draw"), days_words(draw) if draw else ""),
        ("time", _("Time"), _time_words(time)),
        ("time", _("If this time does not fit"), _fallback(time, draft)),
        ("about", _("Service or scheme"), _service_name(about)),
        ("about", _("Subject"), about["subject"]),
        ("about", _("Field"), named(category)),
        ("about", _("What you want"), about["sought"]),
        ("about", _("What has happened"), about["description"]),
        ("meeting", _("Who joins"), _companions(meeting)),
        ("meeting", _("Language of the meeting"), Language(meeting["language"]).label),
        ("meeting", _("Needs"), _needs(meeting)),
        ("meeting", _("Private"), private),
        ("papers", _("Papers"), "\n".join(papers) or _("None")),
        ("person", _("Who wants to meet the office"), citizen.name),
    ]
    return [
        {"label": label, "value": value, "change_url": url_of(code, step) if step else ""}
        for step, label, value in rows
    ]


def rows_of(request: Request) -> list[Row]:
    """Return what was sent, for the household itself."""
    companions = "\n".join(
        f"{companion.name} ({companion.relation})" if companion.relation else companion.name
        for companion in request.companions.all()
    )
    needs = {
        "needs_interpreter": request.needs_interpreter,
        "needs_accessible_seat": request.needs_accessible_seat,
    }
    return [
        {"label": label, "value": value}
        for label, value in (
            (_("Who wants to meet the office"), request.citizen.name),
            (_("Service or scheme"), named(request.service)),
            (_("Subject"), request.subject),
            (_("Field"), named(request.category)),
            (_("What you want"), request.sought),
            (_("What has happened"), request.description),
            (_("Who joins"), companions),
            (_("Language of the meeting"), request.get_language_display()),
            (_("Needs"), _needs(needs)),
        )
    ]


def _service_name(about: Mapping[str, Any]) -> str:
    chosen = about.get("service")
    return named(Service.objects.filter(pk=chosen).first()) if chosen else ""


def _time_words(time: Mapping[str, Any]) -> str:
    span = None if time["slot"] == ANY_TIME else diary.parse_slot(time["slot"])
    if span is not None:
        return datetime_long(span.start)
    avoided = [
        *(Hours.Weekday(day).label for day in time.get("unsuitable_weekdays", [])),
        *(Request.PartOfDay(part).label for part in time.get("unsuitable_parts", [])),
    ]
    words = _("As drawn") if "draw" in time else _("Any time, the office decides")
    if not avoided:
        return words
    return words + "\n" + _("Not: %(times)s") % {"times": ", ".join(map(str, avoided))}


def _fallback(time: Mapping[str, Any], draft: Draft) -> str:
    said = []
    if time.get("other_times_ok"):
        said.append(_("Any other time suits me too"))
    if time.get("hand_down_agreed"):
        said.append(
            _("If the office cannot answer in time, I will meet the %(post)s")
            % {"post": named(draft.post.hand_down_to, "title")}
        )
    return "\n".join(said)


def _companions(meeting: Mapping[str, Any]) -> str:
    lines = []
    for number in range(1, MOST_COMPANIONS + 1):
        if name := meeting[f"name{number}"]:
            relation = meeting[f"relation{number}"]
            lines.append(f"{name} ({relation})" if relation else name)
    return "\n".join(lines)


def _needs(meeting: Mapping[str, Any]) -> str:
    needs = []
    if meeting["needs_interpreter"]:
        needs.append(_("An interpreter"))
    if meeting["needs_accessible_seat"]:
        needs.append(_("A seat at a Kendra that a wheelchair can reach"))
    return "\n".join(needs)
