"""What is entered when other desks are asked, and when one answers."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eoffice.forms.desk_field import DeskField, suggested
from eoffice.forms.files import day
from eoffice.models import Correspondence, Desk
from eoffice.permissions import Seat
from eoffice.services.asking import Wanted
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField

# The first desk and these; who asks one leaves them empty.
MORE = 5

if TYPE_CHECKING:
    _PaperChoices = forms.ModelMultipleChoiceField[Correspondence]
else:
    _PaperChoices = forms.ModelMultipleChoiceField


class PapersField(_PaperChoices):
    """The correspondence of a file, to be ticked."""

    def label_from_instance(self, obj: Any) -> str:
        pages = f"{obj.first_page}/c"
        if obj.last_page != obj.first_page:
            pages = f"{obj.first_page}–{obj.last_page}/c"
        about = obj.receipt.item.subject if obj.receipt else obj.issue.number
        return f"{pages}: {about}"


class AskForm(forms.Form):
    """Which desks, what, until when, and what of the file they may read."""

    key = KeyField()
    to = DeskField()
    words = WordsField(
        label=_("Question"),
        max_length=2000,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 5, "data-hindi": ""}),
    )
    until = day(
        _("Answer by"),
        help_text=_("After this day it is recorded that no view was received."),
    )
    papers = PapersField(
        label=_("Papers that may be read"),
        queryset=Correspondence.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The asked desk sees the question and these papers, nothing else of the file."),
    )

    def __init__(
        self, *args: Any, seat: Seat | None = None, file: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat
        for number in range(2, MORE + 2):
            self.fields[f"to_{number}"] = DeskField(
                required=False,
                label=_("Desk %(number)s, for parallel views") % {"number": number},
                help_text="",
            )
        papers: Any = self.fields["papers"]
        papers.queryset = (
            Correspondence.objects.filter(file=file, removed_at__isnull=True)
            .select_related("receipt__item", "issue")
            .order_by("first_page")
        )
        if file is not None and not papers.queryset:
            del self.fields["papers"]
        more = [f"to_{number}" for number in range(2, MORE + 2)]
        self.order_fields(["key", "to", *more, "words", "until", "papers"])

    @property
    def suggested(self) -> list[str]:
        """The desks that are suggested as one types."""
        return suggested(self.seat) if self.seat else []

    @property
    def desks(self) -> list[Desk]:
        """The desks that were chosen; for a valid form."""
        names = ["to", *(f"to_{number}" for number in range(2, MORE + 2))]
        return [desk for name in names if (desk := self.cleaned_data.get(name)) is not None]

    @property
    def wanted(self) -> Wanted:
        """What is asked; for a valid form."""
        told = self.cleaned_data
        return Wanted(
            words=told["words"], until=told["until"], papers=tuple(told.get("papers") or ())
        )


class AnswerForm(forms.Form):
    """The view of the asked desk."""

    words = WordsField(
        label=_("Your view"),
        max_length=4000,
        min_length=2,
        help_text=_("It is signed with your name and stands in the noting of the file at once."),
        widget=forms.Textarea(attrs={"rows": 8, "data-hindi": ""}),
    )
