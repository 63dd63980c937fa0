"""What a hospital asks for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.admin.draws import MomentField
from esachivalaya.common.idempotency import KeyField
from plasma.blood import Abo


class NeedForm(forms.Form):
    """A group, units, and by when; there is no field for a patient."""

    key = KeyField()
    group = forms.ChoiceField(
        label=_("Blood group of the patient"), choices=Abo.choices, widget=forms.RadioSelect
    )
    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=20, initial=1)
    needed_by = MomentField(label=_("Needed by"), help_text=_("Within the next 14 days."))


class VersionForm(forms.Form):
    """An act on something that was shown as it then was."""

    key = KeyField()
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
