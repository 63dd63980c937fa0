"""A row of the admin that is chosen by typing, whatever is sent in its place.

Django looks the sent values up again to show their names, and falls over one that no number of a
row could be. Here such a value names nothing: the field says that the choice is not one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    Key = models.Field[Any, Any]
else:
    Key = models.Field


class ChosenRow(AutocompleteSelect):
    """The admin's own field to choose by typing, which shows only what could be a row."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        key: Key = self.field.remote_field.model._meta.pk
        return super().optgroups(name, [one for one in value if could_be(key, one)], attr)


def could_be(key: Key, value: Any) -> bool:
    """Whether the column could hold ``value``; what is empty names no row and may stand."""
    try:
        key.clean(value, None)
    except ValidationError:
        return value in key.empty_values
    return True
