"""What a citizen says after a meeting: whether something was done, and how the meeting was."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.changes import KeyForm, VersionForm
from esachivalaya.common.words import tidy


class DoneForm(VersionForm):
    """Done, or not done: one of two buttons about one action."""

    action = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    said = forms.ChoiceField(choices=[("done", _("Done")), ("not_done", _("Not done"))])


class RatingForm(KeyForm):
    """How the meeting was, in a word, and in as many more as one likes."""

    STARS = (
        ("5", _("Very good")),
        ("4", _("Good")),
        ("3", _("Fair")),
        ("2", _("Poor")),
        ("1", _("Very poor")),
    )
    stars = forms.ChoiceField(
        label=_("Your answer"),
        widget=forms.RadioSelect,
        choices=STARS,
        error_messages={"required": _("Choose one of the five.")},
    )
    words = forms.CharField(
        label=_("Anything else?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The office sees no single answer, only the average of five or more."),
    )

    def clean_words(self) -> str:
        return tidy(str(self.cleaned_data["words"]))

    def clean_stars(self) -> int:
        return int(self.cleaned_data["stars"])
