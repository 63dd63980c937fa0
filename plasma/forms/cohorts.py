"""Forms of a cohort's file, and of looking at donors' records."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.idempotency import KeyField
from plasma.cohort_file import FIELDS, REQUIRED


class ColumnsForm(forms.Form):
    """Which column of the file is what; one column stands for one thing."""

    def __init__(
        self, *args: Any, names: Sequence[str], chosen: Mapping[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        columns = [
            (str(place), f"{_letter(place)}: {name or _('no heading')}")
            for place, name in enumerate(names)
        ]
        for name, label in FIELDS.items():
            needed = name in REQUIRED
            empty = _("Choose the column") if needed else _("Not in the file")
            self.fields[name] = forms.ChoiceField(
                label=label,
                required=needed,
                choices=[("", empty), *columns],
                initial=str(chosen[name]) if name in chosen else "",
                error_messages={"required": _("Say in which column this is.")},
            )
        self.fields["year_of_birth"].help_text = _(
            "The page behind the link asks for it. An age is not enough."
        )
        self.fields["given_name"].help_text = _(
            "All that the SMS says. Without it, the first word of the name."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for name, place in list(cleaned.items()):
            if place and place in used:
                self.add_error(name, _("This column was chosen for something else already."))
            used[place] = name
        return cleaned

    def columns(self) -> dict[str, int]:
        """Return the column of each thing that is in the file."""
        return {name: int(place) for name, place in self.cleaned_data.items() if place}


class LoadForm(forms.Form):
    """What the officer saw, and that refused lines are left out."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)
    without_refused = forms.BooleanField(
        label=gettext_lazy("Leave out the lines that are refused, and load all others"),
        required=False,
    )

    def __init__(self, *args: Any, refused: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not refused:
            del self.fields["without_refused"]


class PurposeField(forms.CharField):
    """For what somebody's record is looked at; judged by the service, which keeps it."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("For what do you need to see this?"))
        kwargs.setdefault(
            "help_text",
            gettext_lazy(
                "At least 20 characters, without names and numbers. It is kept in the record, and "
                "the donor may read it."
            ),
        )
        super().__init__(max_length=400, **kwargs)


class DonorSearchForm(forms.Form):
    """A donor is found by the whole number, for a purpose, and in no other way."""

    form_key = KeyField()
    phone = MobileField()
    purpose = PurposeField()


class LedgerForm(forms.Form):
    """Which part of the ledger of consents is read, and for what."""

    form_key = KeyField()
    donor = forms.IntegerField(
        label=gettext_lazy("Number of the donor in the record"),
        help_text=gettext_lazy("Empty: the latest entries of all donors."),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
    )
    purpose = PurposeField()


def _letter(place: int) -> str:
    """Name a column as a spreadsheet does: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
