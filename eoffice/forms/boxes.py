"""Forms of the lists: filters, saved views, and acts on several items at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eoffice.forms.desk_field import DeskField
from eoffice.models import Classification, Item, Priority
from esachivalaya.common.idempotency import KeyField

NOTHING: list[tuple[Any, Any]] = [("", _("All"))]
SORTS = [
    ("", _("As usual")),
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("priority", _("Most urgent first")),
    ("due", _("By due date")),
]


class BoxForm(forms.Form):
    """What of a list is shown and in which order; a value that does not exist counts as none."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[*NOTHING, *Item.Kind.choices], required=False
    )
    priority = forms.ChoiceField(
        label=_("Priority at least"), choices=[*NOTHING, *Priority.choices[1:]], required=False
    )
    classification = forms.ChoiceField(
        label=_("Classification"), choices=[*NOTHING, *Classification.choices], required=False
    )
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS, required=False)
    unread = forms.BooleanField(label=_("Only unread"), required=False)
    overdue = forms.BooleanField(label=_("Only overdue"), required=False)

    def wanted(self) -> dict[str, Any]:
        """Return the filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ViewForm(forms.Form):
    """A name for the list as it is filtered now."""

    name = forms.CharField(label=_("Keep this view as"), max_length=60)
    box = forms.CharField(widget=forms.HiddenInput, max_length=16)
    query = forms.CharField(widget=forms.HiddenInput, max_length=400, required=False)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SearchForm(forms.Form):
    """What is looked for. It is sent as a form, so that no address tells of a paper."""

    q = forms.CharField(
        label=_("Number, words of the subject, or sender"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "autocomplete": "off"}),
    )


class NarrowSearchForm(SearchForm):
    """The same, narrowed to a kind, a priority, a classification, and days on which it was made."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[*NOTHING, *Item.Kind.choices], required=False
    )
    priority = forms.ChoiceField(
        label=_("Priority at least"), choices=[*NOTHING, *Priority.choices[1:]], required=False
    )
    classification = forms.ChoiceField(
        label=_("Classification"), choices=[*NOTHING, *Classification.choices], required=False
    )
    first = forms.DateField(label=_("Made from the day"), widget=DayInput(), required=False)
    last = forms.DateField(label=_("Made to the day"), widget=DayInput(), required=False)

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """The fields beside the words."""
        return [field for field in self if field.name != "q"]

    def wanted(self) -> dict[str, Any]:
        """Return what it is narrowed to; for a valid form."""
        told = self.cleaned_data.items()
        return {name: value for name, value in told if value and name != "q"}


class MarkTogether(forms.Form):
    """Send several items to one desk."""

    key = KeyField()
    to = DeskField(label=_("Mark to"))
    action = forms.CharField(label=_("For"), max_length=60, required=False)
    words = forms.CharField(label=_("Remark"), max_length=500, required=False)
    due_on = forms.DateField(label=_("Due on"), widget=DayInput(), required=False)


class ParkTogether(forms.Form):
    """Lay several items aside until one day."""

    key = KeyField()
    until = forms.DateField(label=_("Until"), widget=DayInput())
    words = forms.CharField(label=_("Reason"), max_length=200)


class CloseTogether(forms.Form):
    """Close several items for one reason."""

    key = KeyField()
    words = forms.CharField(label=_("Reason"), min_length=5, max_length=500)


class RegisterForm(forms.Form):
    """Which register, and of which days."""

    REGISTERS = (
        ("diary", _("Diary register")),
        ("files", _("File register")),
        ("movements", _("Movement register")),
        ("dispatch", _("Dispatch register")),
    )
    register = forms.ChoiceField(label=_("Register"), choices=REGISTERS, required=False)
    first = forms.DateField(label=_("From the day"), widget=DayInput(), required=False)
    last = forms.DateField(label=_("To the day"), widget=DayInput(), required=False)
