"""To whom a letter goes: those it goes to now, those found, and one who is new."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.forms.drafts import VersionForm
from eoffice.models import Addressee, Correspondent, DeliveryMode
from eoffice.services.correspondents import Typed
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.typed import WordsField

MOST = 100
TO, COPY, NOBODY = "to", "copy", "none"
ROLES = [
    (TO, pgettext_lazy("letter", "To")),
    (COPY, _("Copy to")),
    (NOBODY, _("Not to this one")),
]


class ReadersForm(VersionForm):
    """The page as it was shown, and the words by which somebody is looked for."""

    q = forms.CharField(
        label=_("Name, designation, office or place"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class ReaderForm(forms.Form):
    """One who is known: whether it goes there, how, and where in the list they stand."""

    person = forms.IntegerField(widget=forms.HiddenInput)
    role = forms.ChoiceField(label=_("Goes to"), choices=ROLES)
    mode = forms.ChoiceField(label=_("How"), choices=DeliveryMode.choices)
    place = forms.IntegerField(
        label=_("Place in the list"), min_value=1, max_value=MOST, required=False
    )


class NewReaderForm(forms.Form):
    """One who is not remembered yet; left empty, nobody is added."""

    role = forms.ChoiceField(label=_("Goes to"), choices=ROLES[:2])
    mode = forms.ChoiceField(label=_("How"), choices=DeliveryMode.choices)
    name = WordsField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Who is it?"), choices=Correspondent.Kind.choices)
    designation = WordsField(label=_("Designation"), max_length=120, required=False)
    organisation = WordsField(label=_("Office or organisation"), max_length=160, required=False)
    address = WordsField(label=_("Address"), max_length=300, required=False)
    phone = MobileField(required=False, help_text="")
    email = forms.EmailField(label=_("E-mail"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("mode") == DeliveryMode.EMAIL and not said.get("email"):
            self.add_error("email", _("Write the e-mail address, or choose another way."))
        if said.get("mode") == DeliveryMode.POST and not (
            said.get("address") or said.get("organisation")
        ):
            self.add_error("address", _("Write where the post brings it, or choose another way."))
        return said

    def typed(self) -> Typed:
        """Return who was entered."""
        names = ("name", "kind", "designation", "organisation", "address", "phone", "email")
        return Typed(**{name: self.cleaned_data[name] for name in names})


_Readers: Any = forms.formset_factory(ReaderForm, extra=0, max_num=MOST, absolute_max=MOST)


class ReadersSet(_Readers):  # type: ignore[misc]
    """Everybody whom the page shows, each known by a key that the desk may see."""

    def __init__(self, *args: Any, known: dict[int, Correspondent], **kwargs: Any) -> None:
        self.known = known
        super().__init__(*args, prefix="r", **kwargs)

    def clean(self) -> None:
        """A key that the page did not show is no reader."""
        for form in self.forms:
            if form.is_valid() and form.cleaned_data["person"] not in self.known:
                raise forms.ValidationError(_("Choose from your department's list."))

    def rows(self) -> list[tuple[Any, Correspondent]]:
        """Return each form with the person it speaks of."""
        found = []
        for form in self.forms:
            person = self.known.get(as_key(form["person"].value()))
            if person is not None:
                found.append((form, person))
        return found

    def chosen(self) -> tuple[tuple[Correspondent, ...], tuple[Correspondent, ...], dict[int, str]]:
        """Return who gets the letter, who gets a copy, each in the order asked for, and how."""
        said = [form.cleaned_data for form in self.forms]
        said.sort(key=lambda one: one["place"] or MOST)
        to, copies = (
            tuple(self.known[one["person"]] for one in said if one["role"] == role)
            for role in (TO, COPY)
        )
        return to, copies, {one["person"]: one["mode"] for one in said}


def as_key(value: Any) -> int:
    """Return a key from a form, 0 for what is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def shown(addressees: Iterable[Addressee]) -> list[dict[str, Any]]:
    """Return the present readers as the forms show them."""
    return [
        {
            "person": one.correspondent_id,
            "role": COPY if one.copy else TO,
            "mode": one.mode,
            "place": one.position + 1,
        }
        for one in addressees
    ]
