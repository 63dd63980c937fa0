"""What the record tells of one thing that was set up: who changed what, when, from what to what.

A page of the admin for whoever may see the thing itself (common/service_admin.py asks that before).
Only acts of setting up are told: what else stands in the chain of a post is not for its reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from esachivalaya.audit.admin import who_acted
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.audit.words import act_words, data_words
from esachivalaya.common.formats import date_short, datetime_short, time_short
from esachivalaya.common.paging import page_of

ON_A_PAGE = 20
LOADED = ("imported", "changed_by_import", "generated")
NOTHING = "–"
# Acts by which something came to be: there is nothing before.
NEW = ("_added", "_given", "imported", "generated")

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field
Names = dict[tuple[type[models.Model], str], str]


@dataclass(frozen=True)
class Change:
    """One value of an entry before it is told: of which field, where it is known."""

    label: str
    before: Any
    after: Any
    field: AnyField | None = None


def page(request: HttpRequest, model_admin: Any, row: models.Model) -> HttpResponse:
    """Show the changes of ``row``, the latest first. The same number of queries for any length.

    ``model_admin.recorded_on`` says in whose chain they stand, and which entries of it are meant.
    """
    if request.method not in ("GET", "HEAD"):
        raise Http404
    subject, condition = model_admin.recorded_on(row)
    kind, pk = subject_of(subject)
    entries = Entry.objects.filter(subject_kind=kind, subject_id=pk, **condition)
    shown = page_of(
        entries.filter(act__regex=_set_up(subject, row)).select_related("actor"),
        by=["-seq"],
        token=request.GET.get("after", ""),
        size=ON_A_PAGE,
    )
    context = {
        **admin.site.each_context(request),
        "title": _("History"),
        "row": row,
        "opts": model_admin.opts,
        "back": request.path.removesuffix("history/") + "change/",
        "page": shown,
        "entries": told(shown.rows, subject, type(row)),
    }
    return render(request, "admin/record_history.html", context)


def told(
    entries: Sequence[Entry], subject: models.Model, own: type[models.Model] | None = None
) -> list[dict[str, Any]]:
    """Return the entries in words; one query for the details, one for each kind of thing named.

    What was new has only values after. ``own`` is what the page is about, where its acts stand in
    the record of a thing of another app.
    """
    details = Detail.objects.filter(entry__in=entries).in_bulk()
    changes = {
        entry.pk: _changes(entry, details[entry.pk].data, subject, own)
        for entry in entries
        if entry.pk in details
    }
    names = _names(change for of_one in changes.values() for change in of_one)
    abouts = _abouts(entries, details, subject)
    return [
        {
            "at": entry.at,
            "what": act_words(entry.act),
            "about": abouts.get(entry.pk, ""),
            "who": who_acted(entry),
            "erased": entry.pk not in details,
            "new": entry.act.endswith(NEW),
            "changes": [
                {
                    "label": change.label,
                    "before": _written(change.field, change.before, names),
                    "after": _written(change.field, change.after, names),
                }
                for change in changes.get(entry.pk, [])
            ],
        }
        for entry in entries
    ]


def _set_up(subject: models.Model, row: models.Model) -> str:
    """Return the pattern of the acts that set something of the subject's app, or the row, up."""
    concerned = [*subject._meta.app_config.get_models(), type(row)]
    named = "|".join(str(model._meta.model_name) for model in concerned)
    return rf"^({'|'.join(LOADED)})$|^({named})_"


def _model_of(
    entry: Entry, subject: models.Model, own: type[models.Model] | None = None
) -> type[models.Model]:
    """Return the model whose row was changed: hours stand in the chain of their post."""
    name = entry.act.partition("_")[0]
    if own is not None and name == own._meta.model_name:
        return own
    try:
        return apps.get_model(subject._meta.app_label, name)
    except LookupError:
        return type(subject)


def _abouts(
    entries: Sequence[Entry], details: dict[int, Detail], subject: models.Model
) -> dict[int, str]:
    """Name the rows of which entries of a post tell, as long as they are there: which hours."""
    wanted: dict[type[models.Model], dict[int, int]] = {}
    for entry in entries:
        pk = details[entry.pk].data.get("row") if entry.pk in details else None
        if isinstance(pk, int):
            wanted.setdefault(_model_of(entry, subject), {})[entry.pk] = pk
    found: dict[int, str] = {}
    for model, rows in wanted.items():
        there = model._default_manager.in_bulk(list(rows.values()))
        found |= {entry: str(there[pk]) for entry, pk in rows.items() if pk in there}
    return found


def _changes(
    entry: Entry,
    data: dict[str, Any],
    subject: models.Model,
    own: type[models.Model] | None,
) -> list[Change]:
    fields = {}
    for field in _model_of(entry, subject, own)._meta.concrete_fields:
        fields[field.name] = fields[field.attname] = field
    if "changes" in data:
        found = [
            _change(fields, name, values.get("before"), values.get("after"))
            for name, values in data["changes"].items()
        ]
    elif "was" in data:
        found = [_change(fields, name, value, None) for name, value in data["was"].items()]
    else:
        found = [
            _change(fields, name, data.get(f"{name}_before"), value)
            for name, value in data.items()
            if name in fields
        ]
    order = {name: place for place, name in enumerate(fields)}
    found.sort(key=lambda one: order.get(one.field.attname, 99) if one.field is not None else 99)
    extra = [
        Change(data_words(name), None, data[name]) for name in ("reason", "words") if name in data
    ]
    return [
        one
        for one in found + extra
        if not (_empty(one.before) and _empty(one.after)) and not _is_subject(one, subject)
    ]


def _is_subject(change: Change, subject: models.Model) -> bool:
    """Whether this says only that the hours of a post are that post's."""
    of_subject = getattr(change.field, "related_model", None) is type(subject)
    return of_subject and getattr(change.field, "model", None) is not type(subject)


def _change(fields: dict[str, Any], name: str, before: Any, after: Any) -> Change:
    field = fields.get(name)
    label = str(field.verbose_name) if field is not None else data_words(name)
    return Change(label, before, after, field)


def _names(changes: Iterable[Change]) -> Names:
    """Name everything that the changes refer to, one query for each kind of it."""
    wanted: dict[type[models.Model], set[str]] = {}
    for change in changes:
        if isinstance(change.field, models.ForeignKey):
            values = {str(value) for value in (change.before, change.after) if not _empty(value)}
            model: Any = change.field.related_model
            wanted.setdefault(model, set()).update(value for value in values if value.isdecimal())
    return {
        (model, str(row.pk)): str(row)
        for model, keys in wanted.items()
        for row in model._default_manager.filter(pk__in=keys)
    }


def _empty(value: Any) -> bool:
    return value is None or value in ("", "None")


def _written(field: AnyField | None, value: Any, names: Names) -> str:
    """Return a recorded value as the forms call it."""
    if _empty(value):
        return NOTHING
    if isinstance(value, bool) or isinstance(field, models.BooleanField):
        return _("Yes") if str(value) == "True" else _("No")
    if isinstance(field, models.ForeignKey):
        model: Any = field.related_model
        return names.get((model, str(value)), str(value))
    choices = {str(key): words for key, words in (field.flatchoices if field else ())}
    if str(value) in choices:
        return str(choices[str(value)])
    try:
        return _moment(field, str(value))
    except ValueError:
        return str(value)


def _moment(field: AnyField | None, value: str) -> str:
    if isinstance(field, models.DateTimeField):
        return datetime_short(datetime.fromisoformat(value))
    if isinstance(field, models.DateField):
        return date_short(date.fromisoformat(value))
    if isinstance(field, models.TimeField):
        return time_short(time.fromisoformat(value))
    return value
