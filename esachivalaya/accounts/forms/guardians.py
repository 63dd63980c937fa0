"""What is asked for a person under 18: the year of birth, and who agrees for them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import GuardianConsent, Household
from esachivalaya.accounts.services.guardians import Guardian, adult_from
from esachivalaya.common.typed import WordsField

FIELDS = ("year_of_birth", "guardian", "guardian_relation")


class ChildFields(forms.Form):
    """Three fields that stay empty for whoever is 18 or older."""

    year_of_birth = forms.IntegerField(
        label=_("Under 18? Year of birth"),
        help_text=_("Leave this and the next two empty for a person of 18 or older."),
        min_value=1900,
        max_value=2200,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    guardian = WordsField(
        label=_("Parent or guardian who agrees"),
        help_text=_("Of age, and the one who gets the code on this number or is present here."),
        max_length=120,
        required=False,
    )
    guardian_relation = forms.ChoiceField(
        label=_("Who is that to the child?"),
        choices=[("", _("Please choose")), *GuardianConsent.Relation.choices],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Hold a child's three fields together; what is said of an adult is not kept."""
        data = super().clean() or {}
        if adult_from(data.get("year_of_birth")) is None:
            return {**data, "year_of_birth": None, "guardian": "", "guardian_relation": ""}
        if not data.get("guardian"):
            self.add_error(
                "guardian", _("For a person under 18, write the parent or guardian who agrees.")
            )
        if not data.get("guardian_relation"):
            self.add_error("guardian_relation", _("Choose who that is to the child."))
        return data


def given_with_guardian(data: dict[str, Any], household: Household) -> dict[str, Any]:
    """Return cleaned data as ``add_person`` takes it, the guardian proved by the household's code.

    Whoever is signed in had the code on the household's number: that is how they are identified.
    """
    given = {name: value for name, value in data.items() if name not in FIELDS}
    guardian = Guardian(data["guardian"], data["guardian_relation"], phone=household.phone or "")
    return {
        **given,
        "year_of_birth": data["year_of_birth"],
        "guardian": guardian if data["guardian"] else None,
    }
