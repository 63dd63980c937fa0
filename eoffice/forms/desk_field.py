"""A desk, chosen by typing: its code or its title, with those of one's department suggested."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk
from eoffice.permissions import Seat
from esachivalaya.common.words import tidy

SUGGESTED = 300
BETWEEN = " · "


def suggested(seat: Seat) -> list[str]:
    """Return the desks of the seat's department as they are suggested: section first, then rank."""
    desks = (
        Desk.objects.filter(
            section__department=seat.desk.section.department_id, closed_at__isnull=True
        )
        .exclude(pk=seat.desk.pk)
        .select_related("post")
        .order_by("section", "-rank", "pk")[:SUGGESTED]
    )
    mine = seat.desk.section_id
    ordered = sorted(desks, key=lambda desk: desk.section_id != mine)
    return [f"{desk.post.code}{BETWEEN}{desk}" for desk in ordered]


class DeskField(forms.CharField):
    """Cleaned to a desk that is open, wherever in the State it is."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("To the desk"))
        kwargs.setdefault("help_text", _("Type its code or title and choose it from the list."))
        kwargs.setdefault("error_messages", {"required": _("Choose a desk.")})
        widget = forms.TextInput(attrs={"list": "desks", "autocomplete": "off"})
        super().__init__(max_length=240, widget=widget, **kwargs)

    def clean(self, value: Any) -> Desk | None:
        typed = tidy(super().clean(value))
        if not typed:
            return None
        code = typed.split(BETWEEN.strip())[0].strip()
        titled = Q(post__title_en__iexact=typed) | Q(post__title_hi__iexact=typed)
        rows = Desk.objects.filter(closed_at__isnull=True).select_related("post", "section")
        found = list(rows.filter(post__code__iexact=code)) or list(rows.filter(titled)[:2])
        if len(found) != 1:
            raise ValidationError(
                _("There is no open desk of this code or title. Choose one from the list."),
                code="desk",
            )
        return found[0]
