"""What of the dispatch register is shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.forms.boxes import NOTHING, DayInput
from eoffice.models import Dispatch
from eoffice.services.dispatch_register import HANDED, REGISTER, WAITING
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.words import tidy

SHOWS = (
    (WAITING, _("To be sent")),
    (REGISTER, _("Register of dispatch")),
    (HANDED, _("Handed to the registry")),
)


class DispatchFilter(forms.Form):
    """Which list, and what of it; a value that does not exist counts as none."""

    show = forms.ChoiceField(choices=SHOWS, required=False, widget=forms.HiddenInput)
    mode = forms.ChoiceField(
        label=_("How"), choices=[*NOTHING, *Dispatch.Mode.choices], required=False
    )
    status = forms.ChoiceField(
        label=pgettext_lazy("dispatch", "State"),
        choices=[*NOTHING, *Dispatch.Status.choices],
        required=False,
    )
    first = forms.DateField(label=_("From the day"), widget=DayInput(), required=False)
    last = forms.DateField(label=_("To the day"), widget=DayInput(), required=False)

    def wanted(self) -> dict[str, Any]:
        """Return the filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PostedForm(forms.Form):
    """What was taken to the post today: rows, each as it was shown, with its consignment number."""

    MOST = 50
    key = KeyField()

    def chosen(self) -> tuple[dict[int, int], dict[int, str]]:
        """Return the version of each chosen row, and the numbers that were typed."""
        data: Any = self.data
        versions: dict[int, int] = {}
        numbers: dict[int, str] = {}
        for value in data.getlist("row")[: self.MOST]:
            pk, _dot, version = str(value).partition(".")
            if _is_number(pk) and _is_number(version):
                versions[int(pk)] = int(version)
                numbers[int(pk)] = tidy(str(data.get(f"tracking_{pk}", "")))[:40]
        return versions, numbers


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
