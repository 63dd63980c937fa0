"""Finding an office, and finding a request by its reference."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.formats import chosen_language
from esachivalaya.common.words import ascii_digits, tidy
from officials.models import Department, District, Post, Service


class DirectoryForm(forms.Form):
    """Filters of the directory, all in the address. What does not fit counts as not given."""

    q = forms.CharField(
        label=_("Office or person"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "उपायुक्त, upayukt, DC Rewari"}
        ),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False)
    # What the meeting is about: kept on the way to the booking, no filter itself.
    service = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = f"name_{chosen_language()}"
        fields: dict[str, Any] = self.fields
        departments = Department.objects.filter(posts__active=True).distinct().order_by(name)
        districts = District.objects.filter(posts__active=True).distinct().order_by(name)
        every = ("", _("All"))
        fields["department"].choices = [every, *departments.values_list("code", name)]
        fields["district"].choices = [every, *districts.values_list("code", name)]
        fields["level"].choices = [every, *Post.Level.choices]

    def clean_q(self) -> str:
        return tidy(self.cleaned_data["q"])


class CatalogueForm(forms.Form):
    """Filters of the services and schemes, all in the address; what does not fit is not given."""

    q = forms.CharField(
        label=_("Service or scheme"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "पेंशन, rashan card, birth certificate"}
        ),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = f"name_{chosen_language()}"
        fields: dict[str, Any] = self.fields
        departments = Department.objects.filter(services__active=True).distinct().order_by(name)
        every = ("", _("All"))
        fields["department"].choices = [every, *departments.values_list("code", name)]
        fields["kind"].choices = [every, *Service.Kind.choices]

    def clean_q(self) -> str:
        return tidy(self.cleaned_data["q"])


class TrackForm(forms.Form):
    """Reference and PIN, as printed on the acknowledgement or the slip."""

    reference = forms.CharField(
        label=_("Reference"),
        help_text=_(
            "For example ES 7K4P 92MX, with or without gaps. The code of a draw (DR …) works too."
        ),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Write the reference.")},
    )
    pin = forms.CharField(
        label=_("PIN"),
        help_text=_("Six digits, printed beside the reference."),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Write the PIN, or ask for a code on the phone.")},
    )

    def __init__(self, *args: Any, by_code: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who asks for a code has no PIN; everybody else needs one.
        self.fields["pin"].required = not by_code

    def clean_pin(self) -> str:
        return ascii_digits(self.cleaned_data["pin"])


class TrackCodeForm(forms.Form):
    """The code that went to the phone of the request."""

    reference = forms.CharField(max_length=64, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-input"}
        ),
        error_messages={"required": _("Write the code.")},
    )
