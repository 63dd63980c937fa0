"""What the admin's lists need to become cards on a phone."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_CELL = re.compile(r"<(td|th)\b")


@register.filter
def labelled_cells(cells: Iterable[Any], headers: Sequence[dict[str, Any]]) -> list[SafeString]:
    """`{% for cell in result|labelled_cells:result_headers %}`: each names its column.

    The cells are HTML of Django's own admin; only an attribute is put into their first tag.
    """
    labelled = []
    for cell, header in zip(cells, headers, strict=False):
        html = str(cell)
        words = str(header.get("text", ""))
        # The tick box has no words, only itself.
        if "<input" not in words and (tag := _CELL.search(html)):
            label = format_html(' data-label="{}"', words[:1].upper() + words[1:])
            html = html[: tag.end()] + label + html[tag.end() :]
        labelled.append(mark_safe(html))  # noqa: S308 - Django's own HTML, and an escaped label
    return labelled
