"""The forms of receipts: diarising a letter, and what is done with one that lies on the desk."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.booking import PaperField
from eoffice.forms.desk_field import DeskField
from eoffice.models import (
    Classification,
    Correspondent,
    File,
    Holding,
    Item,
    Nature,
    Priority,
    Receipt,
)
from eoffice.permissions import Seat, visible_at
from eoffice.services import correspondents, particulars, urgency
from eoffice.services.correspondents import Typed
from eoffice.services.diarising import Letter
from eoffice.services.particulars import Particulars
from esachivalaya.accounts.models.users import Language
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.models import StoredFile
from esachivalaya.common.typed import WordsField
from officials.models import District

if TYPE_CHECKING:
    FilesHereBase = forms.ModelChoiceField[File]
    Districts = forms.ModelChoiceField[District]
else:
    FilesHereBase = Districts = forms.ModelChoiceField

TOO_MANY = 2**31 - 1


class DayField(forms.DateField):
    """A day, as browsers' own calendars give it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        kwargs.setdefault("error_messages", {}).setdefault("invalid", _("Enter a day."))
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)


class ScansField(PaperField):
    """Scans, several at once; their content is judged by esachivalaya/common/scans.py."""

    class Several(forms.ClearableFileInput):
        allow_multiple_selected = True

    widget = Several(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(ScansField, self).clean(one, initial) for one in data or []]


class DiariseForm(forms.Form):
    """A letter as it came. Nothing is asked that the portal knows: number, moment, desk."""

    SENDER = (
        *("name", "kind", "designation", "organisation", "address", "district", "phone", "email"),
    )
    LETTER = ("letter_number", "letter_date", "received_on", "delivery_mode", "nature", "location")
    MATTER = ("subject", "category", "vip", "classification", "priority", "due_on")
    THANKS = ("acknowledge", "language")

    key = KeyField()
    known = forms.ModelChoiceField(
        label=_("Wrote before"),
        queryset=Correspondent.objects.none(),
        required=False,
        widget=forms.RadioSelect,
        empty_label=_("None of these: as typed below"),
    )
    name = WordsField(
        label=_("Name of the sender"),
        max_length=160,
        error_messages={"required": _("Write who sent it, or choose who wrote before.")},
    )
    kind = forms.ChoiceField(label=_("Kind of sender"), choices=Correspondent.Kind.choices)
    designation = WordsField(label=_("Designation"), max_length=120, required=False)
    organisation = WordsField(label=_("Office or organisation"), max_length=160, required=False)
    address = WordsField(label=_("Address"), max_length=300, required=False)
    district = Districts(
        label=_("District"),
        queryset=District.objects.none(),
        required=False,
        empty_label=_("Not of Haryana, or not known"),
    )
    phone = MobileField(required=False, help_text="")
    email = forms.EmailField(label=_("E-mail"), required=False)
    letter_number = WordsField(label=_("Number of the letter"), max_length=80, required=False)
    letter_date = DayField(label=_("Date of the letter"), required=False)
    received_on = DayField(label=_("Received on"))
    delivery_mode = forms.ChoiceField(label=_("How it came"), choices=Receipt.Mode.choices)
    nature = forms.ChoiceField(
        label=_("What goes on from here"),
        choices=[
            (Nature.ELECTRONIC.value, _("The scan; the paper stays here")),
            (Nature.PHYSICAL.value, _("The paper itself, which each desk receives")),
        ],
    )
    location = WordsField(label=_("Where the paper is kept"), max_length=120, required=False)
    subject = WordsField(
        label=_("Subject"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    category = forms.ChoiceField(label=_("Category"), choices=Receipt.Category.choices)
    vip = forms.BooleanField(label=_("VIP reference"), required=False)
    classification = forms.TypedChoiceField(
        label=_("Classification"), coerce=int, choices=Classification.choices
    )
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=Priority.choices)
    due_on = DayField(label=_("Due on"), required=False)
    papers = ScansField(
        label=_("Scans"),
        help_text=_("Letter and enclosures: PDF, JPEG or PNG, up to 20 MB each, six at most."),
        required=False,
        allow_empty_file=True,
    )
    acknowledge = forms.BooleanField(
        label=_("Send the sender the diary number by SMS and e-mail"),
        help_text=_("The message says nothing of the subject."),
        required=False,
        initial=True,
    )
    language = forms.ChoiceField(
        label=_("Language of this message"), choices=Language.choices, initial=Language.HINDI
    )
    # Set by who was shown receipts that look the same.
    again = forms.BooleanField(
        label=_("This is another letter: diarise it all the same"), required=False
    )

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat
        # Who wrote before has a name already.
        self.fields["name"].required = not (self.is_bound and self.data.get("known"))
        self.fields["known"].queryset = correspondents.known_at(seat)  # type: ignore[attr-defined]
        self.fields["district"].queryset = District.objects.all()  # type: ignore[attr-defined]
        self.fields["received_on"].initial = day_of(now())
        self.fields["name"].widget.attrs |= {"list": "senders", "autocomplete": "off"}
        if not self.is_bound:
            # Forty letters a day: one types at once. Of a letter like another the sender is there.
            first = "letter_number" if self.initial.get("name") else "name"
            self.fields[first].widget.attrs["autofocus"] = True
        if not seat.sets_run_through:
            choices = [one for one in Priority.choices if one[0] != Priority.RUN_THROUGH]
            self.fields["priority"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        came, written = said.get("received_on"), said.get("letter_date")
        if came and came > day_of(now()):
            self.add_error("received_on", _("This day is still to come."))
        if came and written and written > came:
            self.add_error("letter_date", _("A letter is written before it is received."))
        return said

    def correspondent(self) -> Correspondent:
        """Return who wrote: the one chosen, or what was typed, remembered from now on."""
        chosen: Correspondent | None = self.cleaned_data["known"]
        if chosen is not None:
            return chosen
        typed = Typed(**{name: self.cleaned_data[name] for name in self.SENDER})
        return correspondents.remember(self.seat.desk.section.department, typed)

    def unsaved(self) -> Correspondent:
        """Return who wrote without remembering anything, for looking for the same letter."""
        return self.cleaned_data["known"] or Correspondent(name=self.cleaned_data["name"])

    def letter(
        self, correspondent: Correspondent, papers: Sequence[tuple[str, StoredFile]] = ()
    ) -> Letter:
        """Return the letter as it was entered."""
        said = {name: self.cleaned_data[name] for name in [*self.LETTER, *self.MATTER]}
        return Letter(correspondent=correspondent, papers=papers, **said)


class ActForm(forms.Form):
    """An act on a receipt as it was shown."""

    key = KeyField()
    version = forms.IntegerField(min_value=0, max_value=TOO_MANY, widget=forms.HiddenInput)


class CopyForm(forms.Form):
    """A button that copies once."""

    key = KeyField()


class WordsForm(ActForm):
    """An act that says why."""

    words = WordsField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write why, in a few words.")},
    )


class ReturnForm(ActForm):
    """Back to who sent it, with words."""

    words = WordsField(
        label=_("Why it goes back"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ParkForm(WordsForm):
    """Aside until a day."""

    until = DayField(label=_("Until"))
    field_order = ("key", "version", "until", "words")


class MarkForm(ActForm):
    """To another desk: what for, by when, a few words."""

    to = DeskField()
    action = WordsField(label=_("For"), max_length=60, required=False)
    due_on = DayField(label=_("Act by"), required=False)
    words = WordsField(
        label=_("Words with it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ParticularsForm(ActForm):
    """What of a receipt may be changed while it lies here; how and when it came is not among it."""

    category = forms.ChoiceField(label=_("Category"), choices=Receipt.Category.choices)
    vip = forms.BooleanField(label=_("VIP reference"), required=False)
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int)
    classification = forms.TypedChoiceField(
        label=_("Classification"), coerce=int, choices=Classification.choices
    )
    due_on = DayField(label=_("Due on"), required=False)
    words = WordsField(
        label=_("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def offer(self, seat: Seat, receipt: Receipt) -> None:
        """Begin with what is, and offer what the person in ``seat`` may set."""
        self.before = particulars.of(receipt)
        self.initial.update(asdict(self.before))
        choices = urgency.choices(seat, self.before.priority)
        self.fields["priority"].choices = choices  # type: ignore[attr-defined]
        if not particulars.may_classify(seat):
            del self.fields["classification"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        raised = said.get("classification", self.before.classification)
        if raised != self.before.classification and not said.get("words"):
            self.add_error("words", _("Write why the classification changes."))
        return said

    def wanted(self) -> Particulars:
        """Return the particulars as they are to be."""
        said = {name: self.cleaned_data[name] for name in ("category", "vip", "priority", "due_on")}
        classification = self.cleaned_data.get("classification", self.before.classification)
        return Particulars(classification=classification, **said)


class FilesHere(FilesHereBase):
    """The files that lie at a desk, by number and subject."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.item.number} · {obj.item.subject[:80]}"


class PutInForm(ActForm):
    """Into a file that lies at the same desk."""

    file = FilesHere(
        label=_("File"),
        queryset=File.objects.none(),
        empty_label=_("Choose a file that lies at this desk"),
        error_messages={"required": _("Choose a file.")},
    )

    def offer(self, seat: Seat) -> None:
        """Offer the open files at ``seat`` that its person may see."""
        here = Holding.objects.at(seat.desk.pk).filter(item__kind=Item.Kind.FILE)
        items = visible_at(seat).filter(status=Item.Status.OPEN, pk__in=here.values("item_id"))
        files = File.objects.filter(item__in=items).select_related("item").order_by("-item_id")
        self.fields["file"].queryset = files  # type: ignore[attr-defined]
