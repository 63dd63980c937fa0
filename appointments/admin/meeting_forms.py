"""The small forms of the day of a meeting and of what follows: buttons, and words that go with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.admin.forms import WordsField
from appointments.forms.changes import KeyForm, VersionForm
from appointments.services.actions import LONGEST, SHORTEST
from appointments.services.presence import CITIZEN, OFFICE


class PresenceForm(KeyForm):
    """Who is there, or not after all."""

    side = forms.ChoiceField(choices=[(CITIZEN, _("The citizen")), (OFFICE, _("The office"))])
    undo = forms.BooleanField(required=False)


class ReportForm(VersionForm):
    """That something is done, in words that the citizen reads."""

    words = WordsField(
        label=_("What was done"),
        min_length=SHORTEST,
        max_length=LONGEST,
        help_text=_("The citizen reads exactly these words and is asked whether it is so."),
        error_messages={"required": _("Write in a sentence what was done. The citizen reads it.")},
    )
