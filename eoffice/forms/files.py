"""What is entered of a new file, of a note, and in the dialogs of a file's acts."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eoffice.models import Classification, Desk, Head, Holding, Nature, Priority
from eoffice.permissions import Seat
from eoffice.services import vacancy
from eoffice.services.filing import NewFile
from eoffice.services.notes import LONGEST
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField

# For what a file is sent on, as it stands on the paper slips.
ACTIONS = [
    ("", _("As noted")),
    ("orders", _("For orders")),
    ("approval", _("For approval")),
    ("information", _("For information")),
    ("examine", _("Please examine")),
    ("discuss", _("Please discuss")),
    ("action", _("For necessary action")),
]
SUGGESTED = 200
MOST_PAGES = 100_000

if TYPE_CHECKING:
    _HeadChoice = forms.ModelChoiceField[Head]
else:
    _HeadChoice = forms.ModelChoiceField


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """A day, chosen from the browser's calendar."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **kwargs,
    )


class HeadField(_HeadChoice):
    """The heads in use at a department, each with those above it."""

    def label_from_instance(self, obj: Any) -> str:
        codes, above = [obj.code], obj.above
        while above is not None:
            codes.insert(0, above.code)
            above = above.above
        return f"{'-'.join(codes)} {obj.name_hi}"


class NewFileForm(forms.Form):
    """A file's subject, and its number: from heads, or free."""

    key = KeyField()
    head = HeadField(
        label=_("Head of the number"),
        queryset=Head.objects.none(),
        required=False,
        empty_label=_("No head: a free number"),
        help_text=_("The serial number, year and section are added by themselves."),
    )
    free_number = forms.CharField(
        label=_("Free number"),
        max_length=64,
        required=False,
        help_text=_("Only where no head fits. For example: LR 12/1998"),
    )
    subject = WordsField(label=_("Subject"), max_length=500)
    description = WordsField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea
    )
    nature = forms.ChoiceField(label=_("Nature"), choices=Nature.choices, initial="electronic")
    classification = forms.TypedChoiceField(
        label=_("Classification"), choices=Classification.choices, coerce=int, initial=1
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[one for one in Priority.choices if one[0] != Priority.RUN_THROUGH],
        coerce=int,
        initial=1,
    )
    due_on = day(_("Due on"), required=False)

    def __init__(self, *args: Any, seat: Seat | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if seat is not None:
            heads = Head.objects.filter(department=seat.desk.section.department_id, active=True)
            field: Any = self.fields["head"]
            field.queryset = heads.select_related("above__above__above").order_by("level", "code")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        head, free = cleaned.get("head"), cleaned.get("free_number")
        if head is None and not free and "head" not in self.errors:
            self.add_error("head", _("Choose a head, or write a free number."))
        elif head is not None and free:
            self.add_error("free_number", _("Either a head or a free number, not both."))
        return cleaned

    @property
    def new(self) -> NewFile:
        """What was entered; for a valid form."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "key"}
        return NewFile(**told)


class OldFileForm(NewFileForm):
    """An old paper file that is joined, with its old number and where the paper is."""

    old_number = forms.CharField(label=_("Old number"), max_length=80)
    location = WordsField(
        label=_("Where the paper is"),
        max_length=120,
        required=False,
        help_text=_("For example: record room, rack 4"),
    )
    opened_on = day(_("Opened on"), required=False)
    pages_scanned = forms.IntegerField(
        label=_("Pages scanned"), min_value=0, max_value=MOST_PAGES, initial=0
    )
    field_order = ("key", "old_number", "head", "free_number", "subject")


class NoteForm(forms.Form):
    """The yellow note."""

    text = WordsField(
        label=_("Note"),
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "data-hindi": "", "data-note": ""}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DialogForm(forms.Form):
    """An act on a file; ``stay`` is the holding that the page showed."""

    stay = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat

    @property
    def kept(self) -> list[str]:
        """What was typed, for a page that could not act."""
        named = ("note", "words")
        return [text for name in named if (text := str(self.data.get(name, "")).strip())]


class WhyForm(DialogForm):
    """An act with its reason."""

    words = WordsField(
        label=_("Why"), max_length=500, min_length=5, widget=forms.Textarea(attrs={"rows": 3})
    )


class PullBackForm(DialogForm):
    """Taking back needs no reason."""

    words = WordsField(label=_("Words"), max_length=500, required=False)


class SendingForm(DialogForm):
    """What goes with a file that leaves the desk: a note, what for, a few words, by when."""

    note = WordsField(
        label=_("Note"),
        required=False,
        strip=False,
        max_length=LONGEST,
        help_text=_("It is signed and sealed with the sending."),
        widget=forms.Textarea(attrs={"rows": 6, "data-hindi": ""}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    action = forms.ChoiceField(label=_("For"), choices=ACTIONS, required=False)
    words = WordsField(label=_("Words beside it"), max_length=500, required=False)
    due_on = day(_("Due on"), required=False)


class ReturnForm(SendingForm):
    """Back to who sent it; the service asks for a word of why, in a note or beside it."""

    words = WordsField(
        label=_("Why it goes back"),
        max_length=500,
        required=False,
        help_text=_("A few words, unless a note says it."),
    )


class MarkForm(SendingForm):
    """To which desk, for what, by when."""

    to = forms.CharField(
        label=_("To"),
        max_length=200,
        help_text=_("The code of the post, or choose from the list."),
        widget=forms.TextInput(attrs={"list": "desks", "autocomplete": "off"}),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, required=False, empty_value=None
    )
    anyway = forms.BooleanField(
        label=_("Send it although nobody holds this post now; it waits there"), required=False
    )
    field_order = ("stay", "version", "to", "anyway", "note", "action", "words", "due_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked only once a vacant post was chosen.
        self.fields["anyway"].widget = forms.HiddenInput()

    @property
    def desks(self) -> list[Desk]:
        """The desks of the own department, own section first."""
        own = self.seat.desk.section
        rows = Desk.objects.filter(section__department=own.department_id, closed_at__isnull=True)
        listed = rows.exclude(pk=self.seat.desk.pk).select_related("post", "section")[:SUGGESTED]
        return sorted(listed, key=lambda desk: (desk.section_id != own.pk, desk.rank))

    def clean_to(self) -> Desk:
        typed = self.cleaned_data["to"].strip()
        code = typed.rpartition("(")[2].rstrip(") ") if typed.endswith(")") else typed
        desk = Desk.objects.select_related("post", "section").filter(post__code=code.upper())
        found = desk.filter(closed_at__isnull=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no desk of this code."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        desk = cleaned.get("to")
        stay = Holding.objects.open().filter(pk=cleaned.get("stay") or 0, desk=self.seat.desk)
        item = stay.values_list("item_id", flat=True).first()
        if desk is not None and (told := vacancy.warning(desk, item=item, seat=self.seat)):
            self.fields["anyway"].widget = forms.CheckboxInput()
            if not cleaned.get("anyway"):
                self.add_error("anyway", told)
        return cleaned


class ParkForm(WhyForm):
    """Until when, and why."""

    until = day(_("Until"))
    field_order = ("stay", "until", "words")


class OtherFileForm(DialogForm):
    """Another file, by its number."""

    other = forms.CharField(label=_("Number of the other file"), max_length=80)


class DivideForm(DialogForm):
    """A part or volume, with a subject of its own or that of the file."""

    key = KeyField()
    subject = WordsField(
        label=_("Subject"),
        max_length=500,
        required=False,
        help_text=_("Empty: the subject of the main file."),
    )


class ClassifyForm(WhyForm):
    """A new classification, with the reason."""

    classification = forms.TypedChoiceField(
        label=_("Classification"), choices=Classification.choices, coerce=int
    )
    field_order = ("stay", "classification", "words")
