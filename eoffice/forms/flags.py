"""A flag on a note: its kind, its letter and to what it leads."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eoffice.models import Flag


class FlagForm(forms.Form):
    """To a page of correspondence (12/c), a note (3/n), or a file by its number."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Flag.Kind.choices, initial="flag")
    to = forms.CharField(
        label=_("Leads to"),
        max_length=80,
        help_text=_("A page of correspondence as 12/c, a note as 3/n, or the number of a file."),
    )

    @property
    def first_error(self) -> Any:
        """What is wrong first, in words."""
        return next(iter(self.errors.values()))[0]
