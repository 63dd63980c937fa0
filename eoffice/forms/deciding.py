"""The decision card and the decision; a new priority or due day of a file."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from eoffice.forms.files import DialogForm, day
from eoffice.models import DecisionCard, Draft
from eoffice.services import urgency
from eoffice.services.deciding import CardWords, Decided
from eoffice.services.notes import LONGEST
from esachivalaya.common.typed import WordsField

SALT = "eoffice.decision.drafts"


def _area(label: Any, longest: int, help_text: Any, **kwargs: Any) -> WordsField:
    return WordsField(
        label=label,
        max_length=longest,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3, "data-hindi": ""}),
        **kwargs,
    )


class CardForm(forms.Form):
    """What a senior needs on one page."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    matter = _area(_("Matter"), 2000, _("What is to be decided, in a few sentences."), min_length=5)
    rule = _area(_("Rule"), 1500, _("The rule or order that applies."), required=False)
    options = _area(
        _("Options"), 2000, _("One in each line; the one you propose first."), required=False
    )
    money = _area(_("Money"), 500, _("What it costs, and from which budget head."), required=False)

    @property
    def card(self) -> CardWords:
        """What was entered; for a valid form."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return CardWords(**told)


class DecisionForm(forms.Form):
    """The decision, by the button that was pressed, with the officer's own words."""

    stay = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # The waiting drafts with their versions, as this page shows them.
    drafts = forms.CharField(required=False, widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=DecisionCard.Decision.choices)
    words = WordsField(
        label=_("Your note"),
        required=False,
        strip=False,
        max_length=LONGEST - 100,
        help_text=_("The decision stands above it. It is signed and sealed with the sending."),
        widget=forms.Textarea(attrs={"rows": 4, "data-hindi": ""}),
    )

    def clean_drafts(self) -> dict[int, int]:
        shown = self.cleaned_data["drafts"]
        if not shown:
            return {}
        try:
            pairs = signing.loads(shown, salt=SALT)
        except signing.BadSignature:
            raise forms.ValidationError(_("Open the page anew.")) from None
        return {int(pk): int(version) for pk, version in pairs}

    @property
    def decided(self) -> Decided:
        """What was decided; for a valid form."""
        return Decided(**self.cleaned_data)


def as_shown(drafts: list[Draft]) -> str:
    """Return the drafts with their versions, as the form brings them back."""
    return signing.dumps([(draft.pk, draft.version) for draft in drafts], salt=SALT)


class PriorityForm(DialogForm):
    """A new priority; run-through is offered to the Chief Minister's office alone."""

    priority = forms.TypedChoiceField(label=_("Priority"), choices=(), coerce=int)
    words = WordsField(label=_("Words beside it"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["priority"]
        field.choices = urgency.choices(self.seat, 0)


class DueForm(DialogForm):
    """A new due day, or none."""

    due_on = day(_("Due on"), required=False, help_text=_("Empty: no due day."))
    words = WordsField(label=_("Words beside it"), max_length=500, required=False)
