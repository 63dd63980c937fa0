"""The forms of campaigns. They check shape and wording; the services check the rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from appointments.admin.draws import MomentField
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.words import tidy
from officials.models import District
from plasma.blood import BloodGroup
from plasma.models import Campaign, Cohort
from plasma.services.appeals import APPEAL

LARGEST = 2**31 - 1


class HourField(forms.TimeField):
    """A time of day, as the clocks of Haryana show it."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class CampaignForm(forms.Form):
    """Whom a campaign asks, with which words, how fast and until when."""

    key = KeyField()
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("For officers only; no donor reads it."),
    )
    cohort = forms.ModelChoiceField(
        label=_("Cohort"),
        queryset=Cohort.objects.order_by("name"),
        empty_label=_("Choose a cohort"),
    )
    districts = forms.MultipleChoiceField(
        label=_("Districts"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: people of all districts."),
    )
    blood_groups = forms.MultipleChoiceField(
        label=_("Blood groups"),
        required=False,
        choices=BloodGroup.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all groups, and those of whom it is not known."),
    )
    not_asked_for_days = forms.IntegerField(
        label=_("Not asked for days"),
        min_value=30,
        max_value=365,
        initial=30,
        help_text=_("Whoever was asked by any campaign within so many days is left out."),
    )
    template = forms.ChoiceField(
        label=_("Words of the message"), choices=[(APPEAL, _("Appeal, without any illness named"))]
    )
    pace = forms.IntegerField(
        label=_("Segments a minute"),
        min_value=1,
        max_value=60_000,
        initial=600,
        help_text=_("At most. What the account of the gateway allows holds beside it."),
    )
    first_hour = HourField(label=pgettext_lazy("time", "From hour"), initial="10:00")
    last_hour = HourField(label=_("To hour"), initial="19:00")
    ends_at = MomentField(
        label=_("Ends at"),
        help_text=_("Until then the links work, and donors can move their time."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = self.fields["districts"]
        assert isinstance(districts, forms.MultipleChoiceField)
        named = sorted((str(one), one.code) for one in District.objects.all())
        districts.choices = [(code, name) for name, code in named]

    def clean_name(self) -> str:
        return tidy(str(self.cleaned_data["name"]))

    @classmethod
    def shown(cls, row: Campaign) -> dict[str, Any]:
        """Return the values of ``row`` as the form shows them."""
        names = [name for name in cls.base_fields if name not in {"key", "version"}]
        return {**{name: getattr(row, name) for name in names}, "version": row.version}


class ActForm(forms.Form):
    """What every act on a campaign carries: its key, and the version that was shown."""

    key = KeyField()
    version = forms.IntegerField(min_value=1, max_value=LARGEST, widget=forms.HiddenInput)


class ActWithWordsForm(ActForm):
    """An act that is explained to the other officers."""

    words = forms.CharField(
        label=_("Why?"),
        help_text=_("It is shown on the campaign's page and kept in its record."),
        min_length=5,
        max_length=300,
    )


class SwitchForm(forms.Form):
    """Turning all campaigns off or on, and why."""

    key = KeyField()
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody who runs campaigns reads it."),
        min_length=10,
        max_length=200,
    )
