"""The one form of the counter: all that a walk-in says, in the order in which it is asked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.forms.booking import MeetingForm
from appointments.forms.fields import SlotField
from appointments.models import Category, Request
from esachivalaya.accounts.forms.citizens import PersonForm
from esachivalaya.accounts.forms.guardians import ChildFields
from esachivalaya.accounts.models.users import Language
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField
from kendras.models import Consent
from officials.models import Hours, Post, Service

# The value of the choice "somebody who is not in the list".
NEW = "new"
DRAW = "draw-"
LONGEST_COUNTED = 86400


class WhenField(SlotField):
    """A time of the office, any time, or a place in one of its draws."""

    def clean(self, value: Any) -> Any:
        """Return a Span, None for any time, or the number of the draw."""
        text = str(value or "")
        number = text.removeprefix(DRAW)
        if text.startswith(DRAW) and number.isascii() and number.isdigit() and len(number) < 10:
            return int(number)
        return super().clean(value)


class CounterForm(ChildFields):
    """Phone, person, subject, whom, when, and how the person agreed."""

    key = KeyField()
    # Whose page this is: another operator may have taken the counter over since it was shown.
    operator = forms.IntegerField(widget=forms.HiddenInput, required=False)
    took_s = forms.IntegerField(widget=forms.HiddenInput, required=False)
    phone = MobileField(
        label=_("Mobile number of the person"),
        help_text=_("Ten digits. Leave it empty for somebody who has no phone."),
        required=False,
        # The blank lets the style sheet see that nothing is typed yet.
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off", "placeholder": " "}
        ),
    )
    family_id = forms.CharField(
        label=_("Family ID (Parivar Pehchan Patra)"),
        help_text=_("Only if there is one. Never an Aadhaar number."),
        max_length=24,
        required=False,
    )
    person = forms.CharField(
        label=_("Who is it?"),
        max_length=20,
        error_messages={"required": _("Choose the person, or write the name of a new one.")},
    )
    name = WordsField(
        label=_("Name of the new person"),
        help_text=_("As on the person's papers."),
        max_length=120,
        required=False,
    )
    subject = WordsField(
        label=_("What is it about, in one line?"),
        min_length=10,
        max_length=120,
        error_messages={"required": _("Write in one line what it is about.")},
    )
    service_q = forms.CharField(
        label=_("Service or scheme that it is about"), max_length=80, required=False
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(), to_field_name="code", required=False
    )
    office_q = forms.CharField(label=_("Whom to meet"), max_length=80, required=False)
    post = forms.ModelChoiceField(
        label=_("Whom to meet"),
        queryset=Post.objects.none(),
        to_field_name="code",
        widget=forms.TextInput,
        error_messages={
            "required": _("Choose whom to meet."),
            "invalid_choice": _("This office cannot be met at present. Choose another one."),
        },
    )
    slot = WhenField(any_time=True)
    seat_wanted = forms.BooleanField(
        label=_("The person attends here, at a seat of this Kendra"), required=False, initial=True
    )
    hand_down_agreed = forms.BooleanField(required=False)
    consent = forms.ChoiceField(
        label=_("How does the person agree?"),
        choices=Consent.Kind.choices,
        initial=Consent.Kind.CODE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the person agrees.")},
    )
    code = forms.CharField(
        label=_("Code that the person reads out"),
        max_length=20,
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code-input"}
        ),
    )
    serial_number = WordsField(
        label=_("Serial number of the paper slip"), max_length=24, required=False
    )
    witness = WordsField(
        label=_("Witness: who saw it signed or thumb-marked"), max_length=120, required=False
    )
    fee_rs = forms.IntegerField(
        label=_("Fee taken, rupees"), min_value=0, max_value=9999, required=False
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.none(),
        label=_("Which field does it belong to?"),
        required=False,
        empty_label=None,
    )
    sought = WordsField(
        label=_("What should the office do?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = WordsField(
        label=_("What has happened so far?"),
        help_text=_("Up to 4,000 characters. Please write no Aadhaar number."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    language = forms.ChoiceField(
        label=_("Language of the meeting and of the messages"),
        choices=Language.choices,
        initial=Language.HINDI,
        widget=forms.RadioSelect,
    )
    needs_accessible_seat = forms.BooleanField(
        label=_("A seat that a wheelchair can reach"), required=False
    )
    needs_interpreter = forms.BooleanField(
        label=_("An interpreter is needed, for sign language too"), required=False
    )
    private = forms.BooleanField(
        label=_("Keep this request private"),
        help_text=MeetingForm.base_fields["private"].help_text,
        required=False,
    )
    other_times_ok = forms.BooleanField(
        label=_("Any other time suits the person too"), required=False
    )
    unsuitable_weekdays = forms.TypedMultipleChoiceField(
        label=_("With “any time”: days on which the person cannot come"),
        choices=Hours.Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    unsuitable_parts = forms.MultipleChoiceField(
        label=_("With “any time”: times of the day at which the person cannot come"),
        choices=Request.PartOfDay.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Made for each form: a queryset of the class would be kept for as long as the process.
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = Service.objects.visible_to(None)
        fields["post"].queryset = Post.objects.visible_to(None).select_related("hand_down_to")
        fields["category"].queryset = Category.objects.all()
        fields["category"].label_from_instance = lambda row: (
            row.name_hi if chosen_language() == "hi" else row.name_en
        )

    def clean_took_s(self) -> int | None:
        """A clock that went wrong spoils a figure and no booking."""
        seconds: int | None = self.cleaned_data["took_s"]
        return seconds if seconds is not None and 0 <= seconds <= LONGEST_COUNTED else None

    def clean_family_id(self) -> str:
        family = PersonForm({"family_id": self.cleaned_data["family_id"]})
        for message in family.errors.get("family_id", []):
            raise ValidationError(message)
        plain: str = family.cleaned_data["family_id"]
        return plain

    def clean_person(self) -> int | None:
        """Return the number of a known person, None for a new one."""
        typed = self.cleaned_data["person"]
        if typed == NEW:
            return None
        if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
            raise ValidationError(self.fields["person"].error_messages["required"])
        return int(typed)

    def clean_fee_rs(self) -> int:
        return self.cleaned_data["fee_rs"] or 0

    def clean_unsuitable_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["unsuitable_weekdays"]
        if len(days) == len(Hours.Weekday):
            raise ValidationError(_("Leave at least one day on which the person can come."))
        return days

    def clean_unsuitable_parts(self) -> list[str]:
        parts: list[str] = self.cleaned_data["unsuitable_parts"]
        if len(parts) == len(Request.PartOfDay):
            raise ValidationError(_("Leave at least one time of the day for the meeting."))
        return parts

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "person" in data and data["person"] is None and "name" in data:
            self._clean_new_person(data["name"])
        if data.get("consent") == Consent.Kind.PAPER:
            self._want(data, "serial_number", _("Write the serial number of the paper slip."))
            self._want(data, "witness", _("Write who saw the slip signed or thumb-marked."))
        elif data.get("consent") == Consent.Kind.CODE and not data.get("phone", "?"):
            self.add_error(
                "consent",
                _("Without a mobile number no code can come. Take a signed slip on paper."),
            )
        return data

    def _clean_new_person(self, name: str) -> None:
        """Hold the name against the household page's own form."""
        words = name.split()
        person = PersonForm({"name": name, "given_name": words[0][:60] if words else ""})
        for message in person.errors.get("name", []):
            self.add_error("name", message)

    def _want(self, data: dict[str, Any], name: str, words: Any) -> None:
        if name not in self.errors and not data.get(name):
            self.add_error(name, words)
