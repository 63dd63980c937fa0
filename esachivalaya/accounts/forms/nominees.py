"""What a person says of whom they name to act for them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.forms.citizens import PersonNameField
from esachivalaya.accounts.models import Nominee
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.idempotency import KeyField

LARGEST = 2**63 - 1


class TakeBackForm(forms.Form):
    """The button that takes a nominee back; which one was seen."""

    key = KeyField()
    instead_of = forms.IntegerField(
        min_value=0, max_value=LARGEST, initial=0, widget=forms.HiddenInput
    )


class NomineeForm(TakeBackForm):
    """The one person who may act; ``instead_of`` is whom the page showed, 0 for nobody."""

    name = PersonNameField(
        label=_("Full name of the person you name"),
        help_text=_("As it stands on their papers."),
        max_length=120,
        missing=_("Write the full name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relation = forms.ChoiceField(
        label=_("Who is that to you?"),
        choices=[("", _("Please choose")), *Nominee.Relation.choices],
        error_messages={
            "required": _("Choose who that is to you."),
            "invalid_choice": _("Choose who that is to you."),
        },
    )
    phone = MobileField(
        label=_("Their mobile number"),
        help_text=_("Ten digits, for example 98000 00001. We send nothing to it."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
