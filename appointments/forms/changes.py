"""What a citizen can do with a request that was sent. Each carries the version it was shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.fields import SlotField
from esachivalaya.common.idempotency import KeyField


class KeyForm(forms.Form):
    """A button that acts once: the key of this showing."""

    key = KeyField()


class VersionForm(KeyForm):
    """A button: the key of this showing and the version of the request that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class OtherTimeForm(VersionForm):
    """Another time for a request or a confirmed meeting."""

    slot = SlotField(any_time=False)


class EarlierForm(VersionForm):
    """Whether the citizen wants to hear of earlier times."""

    wanted = forms.ChoiceField(choices=[("yes", _("Tell me")), ("no", _("Do not tell me"))])


class TakeForm(VersionForm):
    """An earlier time that became free."""

    freed = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


class OfferForm(VersionForm):
    """Yes or no to the time that the office offered."""

    offer = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    answer = forms.ChoiceField(
        choices=[("accept", _("Accept")), ("refuse", _("Refuse"))],
        error_messages={"required": _("Accept the time or refuse it.")},
    )
