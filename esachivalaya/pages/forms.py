"""The feedback form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.idempotency import KeyField
from esachivalaya.pages.models import Feedback


class FeedbackForm(forms.Form):
    """What somebody wants to tell us; only the words are needed."""

    key = KeyField()
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Feedback.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about.")},
    )
    words = forms.CharField(
        label=_("What do you want to tell us?"),
        help_text=_("Up to 2,000 characters. Please write no Aadhaar number and no password."),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write what you want to tell us.")},
    )
    contact = forms.CharField(
        label=_("Phone number or e-mail address"),
        help_text=_("Only if you want an answer."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )
