"""Rows of the admin that are chosen by typing or ticked in a list, whatever is sent in their place.

Django looks the sent values up again, and falls over one that no number of a row could be. Here
such a value names nothing: the field says that the choice is not one, and what was ticked beside it
is acted upon.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

if TYPE_CHECKING:
    Key = models.Field[Any, Any]
    Base = admin.ModelAdmin[Any]
else:
    Key = models.Field
    Base = admin.ModelAdmin


class ChosenRow(AutocompleteSelect):
    """The admin's own field to choose by typing, which shows only what could be a row."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        key: Key = self.field.remote_field.model._meta.pk
        return super().optgroups(name, [one for one in value if could_be(key, one)], attr)


class TickedRows(Base):
    """A list whose ticked rows are acted upon together."""

    def response_action(self, request: HttpRequest, queryset: Any, *more: Any, **named: Any) -> Any:
        """Act upon those of what was ticked that could be rows."""
        key: Key = self.model._meta.pk
        sent = request.POST.copy()
        ticked = [one for one in sent.getlist(ACTION_CHECKBOX_NAME) if one and could_be(key, one)]
        sent.setlist(ACTION_CHECKBOX_NAME, ticked)
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset, *more, **named)


def could_be(key: Key, value: Any) -> bool:
    """Whether the column could hold ``value``; what is empty names no row and may stand."""
    try:
        key.clean(value, None)
    except ValidationError:
        return value in key.empty_values
    return True
