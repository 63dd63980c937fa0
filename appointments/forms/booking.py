"""The steps of a request, one form each. ``data()`` is what the draft keeps of a valid one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments import diary
from appointments.forms.fields import ANY_TIME, SlotField
from appointments.models import Category, Request
from esachivalaya.accounts.forms.citizens import NewPersonForm
from esachivalaya.accounts.forms.guardians import FIELDS, ChildFields
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.models.users import Language
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField
from officials.models import Hours, Post, Service
from officials.search import services_found

MOST_COMPANIONS = 3


class TimeForm(forms.Form):
    """When: one of the post's times, or any time; and what to do when that does not fit."""

    slot = SlotField(any_time=True)
    other_times_ok = forms.BooleanField(
        label=_("Any other time suits me too"),
        help_text=_("The office may then fix another free time without asking you again."),
        required=False,
    )
    unsuitable_weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days can you not come?"),
        choices=Hours.Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    unsuitable_parts = forms.MultipleChoiceField(
        label=_("At which time of the day can you not come?"),
        choices=Request.PartOfDay.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    hand_down_agreed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, post: Post, open_: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = post.hand_down_to
        if below is None:
            del self.fields["hand_down_agreed"]
        else:
            title = below.title_hi if chosen_language() == "hi" else below.title_en
            self.fields["hand_down_agreed"].label = _(
                "If the office cannot answer in time, I will meet the %(post)s"
            ) % {"post": title}
        for name in (
            ("unsuitable_weekdays", "unsuitable_parts") if not open_ else ("other_times_ok",)
        ):
            del self.fields[name]

    def clean_unsuitable_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["unsuitable_weekdays"]
        if len(days) == len(Hours.Weekday):
            raise ValidationError(_("Leave at least one day on which you can come."))
        return days

    def clean_unsuitable_parts(self) -> list[str]:
        parts: list[str] = self.cleaned_data["unsuitable_parts"]
        if len(parts) == len(Request.PartOfDay):
            raise ValidationError(_("Leave at least one time of the day at which you can come."))
        return parts

    def data_for_draft(self) -> dict[str, Any]:
        span = self.cleaned_data["slot"]
        return {**self.cleaned_data, "slot": diary.slot_value(span) if span else ANY_TIME}


class AboutForm(forms.Form):
    """What the meeting is about; where it is about a service or scheme, which one.

    ``found`` are the services that the words of ``service_words`` may mean.
    """

    service = forms.ModelChoiceField(
        queryset=Service.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid_choice": _(
                "This service or scheme is not offered at present. Choose another one, or go on "
                "without."
            )
        },
    )
    service_words = forms.CharField(
        label=_("Is it about a service or scheme?"),
        help_text=_("Write a word of its name, for example pension or ration card."),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    subject = WordsField(
        label=_("Subject in one line"),
        help_text=_("For example: old-age pension not received since April"),
        min_length=10,
        max_length=120,
        error_messages={"required": _("Write in one line what it is about.")},
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.none(),
        label=_("Which field does it belong to?"),
        empty_label=_("Please choose"),
        error_messages={"required": _("Choose the field it belongs to.")},
    )
    sought = WordsField(
        label=_("What do you want the office to do?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what you want the office to do.")},
    )
    description = WordsField(
        label=_("What has happened so far?"),
        help_text=_("Up to 4,000 characters. Please write no Aadhaar number."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: list[Service] = []
        services: Any = self.fields["service"]
        services.queryset = Service.objects.visible_to(None)
        field: Any = self.fields["category"]
        field.queryset = Category.objects.all()
        field.label_from_instance = lambda category: (
            category.name_hi if chosen_language() == "hi" else category.name_en
        )

    def clean_service_words(self) -> str:
        """Words without a choice: what they may mean is shown first, where there is anything."""
        words: str = self.cleaned_data["service_words"]
        if self.cleaned_data.get("service") is None:
            self.found = services_found(words)
        if self.found:
            raise ValidationError(_("Choose one of the services shown, or empty this line."))
        return words

    def data_for_draft(self) -> dict[str, Any]:
        kept = {name: self.cleaned_data[name] for name in ("subject", "sought", "description")}
        service: Service | None = self.cleaned_data["service"]
        return {
            **kept,
            "category": self.cleaned_data["category"].pk,
            "service": service.pk if service else None,
        }


class MeetingForm(forms.Form):
    """Who joins, in which language, and what the meeting needs. All of it may stay as it is."""

    language = forms.ChoiceField(
        label=_("In which language do you want to speak?"),
        choices=Language.choices,
        widget=forms.RadioSelect,
    )
    needs_interpreter = forms.BooleanField(
        label=_("An interpreter is needed, for sign language too"), required=False
    )
    needs_accessible_seat = forms.BooleanField(
        label=_("A seat at a Kendra that a wheelchair can reach is needed"), required=False
    )
    private = forms.BooleanField(
        label=_("Keep this request private"),
        help_text=_(
            "It is not shown to others who use your phone number, and messages name neither you "
            "nor the office. It opens only with its PIN, which you see once after sending."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = chosen_language()
        for number in range(1, MOST_COMPANIONS + 1):
            self.fields[f"name{number}"] = WordsField(
                label=_("Name of person %(number)s who joins you") % {"number": number},
                max_length=120,
                required=False,
            )
            self.fields[f"relation{number}"] = WordsField(
                label=_("Who is that to you?"),
                help_text=_("For example: daughter, neighbour, sarpanch"),
                max_length=60,
                required=False,
            )
            self.fields[f"phone{number}"] = MobileField(help_text="", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in range(1, MOST_COMPANIONS + 1):
            told = data.get(f"relation{number}") or data.get(f"phone{number}")
            if told and not data.get(f"name{number}"):
                self.add_error(f"name{number}", _("Write the name of the person who joins you."))
        return data

    def data_for_draft(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PaperField(forms.FileField):
    """A paper; whether it is one is judged by its content (esachivalaya/common/uploads.py)."""

    widget = forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})


class PapersForm(forms.Form):
    """As many papers as still have a place."""

    def __init__(self, *args: Any, places: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, places + 1):
            first = number == 1 and places == MOST_COMPANIONS
            self.fields[f"paper{number}"] = PaperField(
                label=_("Application (प्रार्थना पत्र)") if first else _("Another paper"),
                help_text=_("PDF, JPEG or PNG, up to 5 MB.") if number == 1 else "",
                required=False,
                allow_empty_file=True,
                max_length=None,
            )


class PersonForm(ChildFields):
    """Whose request it is: somebody of the household, or somebody to be added to it."""

    SOMEBODY_ELSE = "new"

    key = KeyField()
    citizen = forms.ChoiceField(
        label=_("Who wants to meet the office?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who wants to meet the office.")},
    )
    name = WordsField(
        label=_("Name of the other person"),
        help_text=_("Only for “somebody else”. As on their papers."),
        max_length=120,
        required=False,
    )
    family_id = WordsField(
        label=_("Family ID (Parivar Pehchan Patra)"),
        help_text=_("Only if there is one. Never an Aadhaar number."),
        max_length=24,
        required=False,
    )
    email = WordsField(
        label=_("E-mail"),
        help_text=_("If there is one: what comes by SMS then comes by e-mail as well."),
        max_length=254,
        required=False,
    )

    field_order = ("key", "citizen", "name", "family_id", "email")

    def __init__(self, *args: Any, people: list[Citizen], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["citizen"]
        field.choices = [
            *((str(person.pk), person.name) for person in people),
            (self.SOMEBODY_ELSE, _("Somebody else") if people else _("I, for the first time here")),
        ]
        if not people:
            field.initial = self.SOMEBODY_ELSE
            field.widget = forms.HiddenInput()
            self.fields["name"].label = _("Your name")
            self.fields["name"].help_text = _("As on your papers.")
        elif len(people) == 1:
            field.initial = str(people[0].pk)

    def clean(self) -> dict[str, Any]:
        """Hold what is said of a new person against the household page's own form."""
        data = super().clean() or {}
        if data.get("citizen") != self.SOMEBODY_ELSE:
            return data
        name = data.get("name", "")
        given = name.split()[0] if name.split() else ""
        person = NewPersonForm({**data, "given_name": given[:60]})
        if person.is_valid():
            return {**data, **person.cleaned_data}
        for field in ("name", "family_id", "email", *FIELDS):
            if field not in self.errors:
                for message in person.errors.get(field, []):
                    self.add_error(field, message)
        return data


class SendForm(forms.Form):
    """The last press. Its key makes a second press the same as the first."""

    key = KeyField()
