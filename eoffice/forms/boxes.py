"""Forms of the lists: filters, saved views, and acts on several items at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eoffice.forms.desk_field import DeskField
from eoffice.models import Classification, Item, Priority
from eoffice.services.moving import LEAST_WORDS
from eoffice.services.searching import PAGES
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField

NOTHING: list[tuple[Any, Any]] = [("", _("All"))]
SORTS = [
    ("", _("As usual")),
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("priority", _("Most urgent first")),
    ("due", _("By due date")),
]


class ItemFilters(forms.Form):
    """What receipts and files are filtered by, in a list and in a search."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[*NOTHING, *Item.Kind.choices], required=False
    )
    priority = forms.ChoiceField(
        label=_("Priority at least"), choices=[*NOTHING, *Priority.choices[1:]], required=False
    )
    classification = forms.ChoiceField(
        label=_("Classification"), choices=[*NOTHING, *Classification.choices], required=False
    )


class BoxForm(ItemFilters):
    """What of a list is shown and in which order; a value that does not exist counts as none."""

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


class NarrowSearchForm(ItemFilters, SearchForm):
    """The same, narrowed to a kind, a priority, a classification, and days on which it was made."""

    first = forms.DateField(label=_("Made from the day"), widget=DayInput(), required=False)
    last = forms.DateField(label=_("Made to the day"), widget=DayInput(), required=False)
    page = forms.IntegerField(
        min_value=1, max_value=PAGES, required=False, widget=forms.HiddenInput
    )

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """The fields beside the words."""
        return [field for field in self.visible_fields() if field.name != "q"]

    def wanted(self) -> dict[str, Any]:
        """Return what it is narrowed to; for a valid form."""
        return {field.name: told for field in self.narrowing if (told := self._told(field.name))}

    def page_wanted(self) -> int:
        """Return which page of what is found is asked for; for a valid form."""
        return int(self._told("page") or 1)

    def _told(self, name: str) -> Any:
        return self.cleaned_data.get(name)


class MarkTogether(forms.Form):
    """Send several items to one desk."""

    key = KeyField()
    to = DeskField(label=_("Mark to"))
    action = WordsField(label=_("For"), max_length=60, required=False)
    words = WordsField(label=_("Remark"), max_length=500, required=False)
    due_on = forms.DateField(label=_("Due on"), widget=DayInput(), required=False)


class ReturnTogether(forms.Form):
    """Send several items back to whence each came, with one word of why."""

    key = KeyField()
    words = WordsField(
        label=_("Why it goes back"),
        min_length=LEAST_WORDS,
        max_length=500,
        error_messages={"required": _("Write why, in a few words.")},
    )


class ParkTogether(forms.Form):
    """Lay several items aside until one day."""

    key = KeyField()
    until = forms.DateField(label=_("Until"), widget=DayInput())
    words = WordsField(label=_("Reason"), max_length=200)


class CloseTogether(forms.Form):
    """Close several items for one reason."""

    key = KeyField()
    words = WordsField(label=_("Reason"), min_length=5, max_length=500)


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
