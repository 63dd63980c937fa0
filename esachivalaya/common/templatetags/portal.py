"""Template tags and filters of the portal; the rules themselves are in common.formats."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from esachivalaya.common import formats
from esachivalaya.common.charts import Chart, bar_chart, line_chart

register = template.Library()


@register.filter
def date_long(value: dt.date | dt.datetime | None) -> str:
    """`{{ slot.start|date_long }}`: Tuesday 14 July 2020."""
    return formats.date_long(value) if value else ""


@register.filter
def date_short(value: dt.date | dt.datetime | None) -> str:
    """`{{ slot.start|date_short }}`: 14 July 2020."""
    return formats.date_short(value) if value else ""


@register.filter
def time_short(value: dt.time | dt.datetime | None) -> str:
    """`{{ slot.start|time_short }}`: 3:20 pm."""
    return formats.time_short(value) if value is not None else ""


@register.filter
def datetime_long(value: dt.datetime | None) -> str:
    """`{{ request.due_at|datetime_long }}`: Tuesday 14 July 2020, 3:20 pm."""
    return formats.datetime_long(value) if value else ""


@register.filter
def datetime_short(value: dt.datetime | None) -> str:
    """`{{ request.due_at|datetime_short }}`: 14 July 2020, 3:20 pm."""
    return formats.datetime_short(value) if value else ""


@register.filter
def indian_number(value: int | float | None) -> str:
    """`{{ total|indian_number }}`: 3,80,000."""
    return formats.indian_number(value) if value is not None else ""


@register.filter
def phone_number(value: object) -> str:
    """`{{ citizen.phone|phone_number }}`: 98120 00001."""
    return formats.phone_number(str(value)) if value else ""


@register.filter
def masked_phone(value: object) -> str:
    """`{{ citizen.phone|masked_phone }}`: 98xxx xxx01."""
    return formats.masked_phone(str(value)) if value else ""


@register.filter
def reference(value: object) -> str:
    """`{{ request.reference|reference }}`: ES 7K4P 92MX."""
    return formats.grouped_reference(str(value)) if value else ""


@register.filter
def time_left(due: dt.datetime, now: dt.datetime) -> str:
    """`{{ request.due_at|time_left:now }}`: 5 h 20 min left, or overdue by 2 h."""
    return formats.time_left(due, now)


@register.filter
def iso(value: dt.datetime | dt.date) -> str:
    """`<time datetime="{{ due|iso }}">`: the exact moment for machines, with its offset."""
    return formats.in_india(value).isoformat() if isinstance(value, dt.datetime) else str(value)


@register.filter
def bilingual(obj: object, field: str) -> str:
    """`{{ post|bilingual:"title" }}`: `title_hi` or `title_en`, the other one when it is empty."""
    if obj is None:
        return ""
    language = formats.chosen_language()
    other = "hi" if language == "en" else "en"
    own = getattr(obj, f"{field}_{language}", "")
    return str(own or getattr(obj, f"{field}_{other}", ""))


@register.filter
def own_links(text: str) -> SafeString:
    """Escape a message's text and make the portal's own addresses in it links, nobody else's."""
    address = re.compile(re.escape(settings.PUBLIC_URL) + r"(?:/[^\s<>\"']*)?(?![^\s<>\"'])")
    parts: list[SafeString] = []
    end = 0
    for match in address.finditer(text):
        url = match.group().rstrip(".,;:!?)।")
        parts += [
            escape(text[end : match.start()]),
            format_html('<a href="{}">{}</a>', url, url),
        ]
        end = match.start() + len(url)
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 (every part is escaped above)


@register.simple_tag
def icon(name: str) -> SafeString:
    """`{% icon "clock" %}`: a sign beside words, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons/sprite.svg"),
        name,
    )


@register.filter
def field_anchor(field: BoundField) -> str:
    """Return the id an error summary links to: the field's, or its first choice's."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return field.id_for_label or str(field.auto_id)


@register.filter
def is_group(field: BoundField) -> bool:
    """Tell whether the field is several inputs, which need a fieldset and a legend."""
    return bool(field.field.widget.use_fieldset)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether the field is one tick box, whose label stands beside it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def has_choices(field: BoundField) -> bool:
    """Tell whether the field is a list of radio buttons or tick boxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def with_classes(field: BoundField) -> SafeString:
    """Draw the field's input with Bootstrap's class, tied to its hint and its error."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if isinstance(widget, forms.Select):
        style = "form-select"
    elif isinstance(widget, forms.CheckboxInput):
        style = ""
    else:
        style = "form-control"
    described = [widget.attrs.get("aria-describedby", "")]
    if field.help_text:
        described.append(f"{field.auto_id}_helptext")
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
        style = f"{style} is-invalid"
    attrs["class"] = f"{style} {widget.attrs.get('class', '')}".strip()
    attrs["aria-describedby"] = " ".join(part for part in described if part)
    return field.as_widget(attrs={name: value for name, value in attrs.items() if value})


@register.filter
def error_text(form: forms.BaseForm) -> list[tuple[str, str]]:
    """Return (anchor, "Field: message") for each error, for components/error_summary.html."""
    found = [("", str(message)) for message in form.non_field_errors()]
    for field in form:
        anchor = "" if field.is_hidden else field_anchor(field)
        # A question or a sentence keeps its own mark, a name gets a colon.
        label = str(field.label)
        start = label if label.endswith(("?", ".", "।")) else f"{label}:"
        found += [(anchor, f"{start} {message}") for message in field.errors]
    return found


@register.simple_tag
def chart_of(kind: str, rows: Iterable[Sequence[Any]]) -> Chart:
    """`{% chart_of "bar" rows as drawing %}`: rows are (label, value) or (label, value, text)."""
    full = [
        (str(row[0]), float(row[1]), str(row[2]) if len(row) > 2 else formats.indian_number(row[1]))
        for row in rows
    ]
    return line_chart(full) if kind == "line" else bar_chart(full)


@dataclass(frozen=True, slots=True)
class ListedDay:
    """A day of the slot picker: how many of its times are free, and whether it stands open."""

    date: dt.date
    slots: Sequence[Any]
    free: int
    open: bool
    chosen: str


@register.simple_tag
def slot_days(days: Iterable[Any], chosen: object = "") -> list[ListedDay]:
    """Prepare days for components/slot_picker.html; the first day with a free time stands open."""
    listed: list[ListedDay] = []
    for day in days:
        date, slots = _part(day, "date"), list(_part(day, "slots"))
        free = sum(1 for slot in slots if _part(slot, "free"))
        first = free > 0 and not any(earlier.free for earlier in listed)
        ticked = any(str(_part(slot, "value")) == str(chosen) for slot in slots)
        listed.append(ListedDay(date, slots, free, first or ticked, str(chosen)))
    return listed


def _part(thing: Any, name: str) -> Any:
    """Return a part of a mapping or of an object: views may pass either."""
    return thing[name] if isinstance(thing, Mapping) else getattr(thing, name)


@register.simple_tag(takes_context=True)
def page_address(context: Context, token: str, parameter: str = "after") -> str:
    """Return the address of this list at another page, its filters kept."""
    query = context["request"].GET.copy()
    query.pop(parameter, None)
    if token:
        query[parameter] = token
    return f"?{query.urlencode()}"
