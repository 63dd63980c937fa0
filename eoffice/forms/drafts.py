"""What is entered of a draft, of its approval and issue, and of a dispatch."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.forms.desk_field import DeskField
from eoffice.models import DeliveryMode, Desk, Dispatch, File, LetterTemplate, Receipt
from eoffice.permissions import Seat
from eoffice.services.drafts import LONGEST, NewDraft, templates_for
from eoffice.services.letter_templates import answerable
from esachivalaya.accounts.models.users import Language
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField

if TYPE_CHECKING:
    AnsweredBase = forms.ModelChoiceField[Receipt]
else:
    AnsweredBase = forms.ModelChoiceField


class AnsweredField(AnsweredBase):
    """A letter that lies in the file, by its number, who wrote it and what about."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.item.number} · {obj.sender} · {obj.item.subject[:60]}"


class DraftForm(forms.Form):
    """A new letter: its form and language, what it answers, who signs, and the words."""

    template = forms.ModelChoiceField(
        LetterTemplate.objects.none(), required=False, widget=forms.HiddenInput
    )
    form = forms.ChoiceField(
        label=pgettext_lazy("letter", "Form"), choices=LetterTemplate.Form.choices
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    reply_to = AnsweredField(
        Receipt.objects.none(),
        label=_("In answer to"),
        required=False,
        empty_label=_("No letter of this file"),
    )
    signatory = DeskField(label=_("Signed at the desk"))
    subject = WordsField(label=_("Subject"), max_length=500)
    body = WordsField(
        label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 18})
    )
    key = KeyField()

    def __init__(self, *args: Any, seat: Seat, file: File, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat
        mine = [one.pk for one in templates_for(seat.desk.section.department)]
        self.fields["template"].queryset = LetterTemplate.objects.filter(pk__in=mine)  # type: ignore[attr-defined]
        answered = [one.pk for one in answerable(file, seat)]
        rows = Receipt.objects.filter(pk__in=answered).select_related("item", "correspondent")
        self.fields["reply_to"].queryset = rows.order_by("-pk")  # type: ignore[attr-defined]

    def new(self) -> NewDraft:
        """Return what was entered; what answers a letter goes to who wrote it, as it came."""
        data = self.cleaned_data
        names = ("form", "language", "signatory", "subject", "body", "template", "reply_to")
        answered: Receipt | None = data["reply_to"]
        more: dict[str, Any] = {}
        department = self.seat.desk.section.department_id
        if answered is not None and answered.correspondent.department_id == department:
            person = answered.correspondent
            by_mail = answered.delivery_mode == Receipt.Mode.EMAIL and person.email
            mode = DeliveryMode.EMAIL if by_mail else DeliveryMode.POST
            more = {"to": (person,), "modes": {person.pk: mode}}
        return NewDraft(**{name: data[name] for name in names}, **more)


class VersionForm(forms.Form):
    """An act on a draft or dispatch as the page showed it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    key = KeyField()


class EditForm(VersionForm):
    subject = WordsField(label=_("Subject"), max_length=500)
    body = WordsField(
        label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 18})
    )


class ReturnForm(VersionForm):
    words = WordsField(
        label=_("What is to be mended"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class IssueForm(VersionForm):
    passphrase = forms.CharField(
        label=_("Passphrase of your certificate"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Asked at every signature and never kept."),
    )
    unsigned = forms.BooleanField(
        label=_("Issue it without a digital signature; it is signed on paper"), required=False
    )


class ThroughForm(VersionForm):
    """Through whom an issued letter goes out; an unsigned one only after the warning."""

    registry: Any = forms.ModelChoiceField(
        None, label=_("Through"), required=False, empty_label=_("By this desk itself")
    )
    unsigned = forms.BooleanField(
        label=_("It has no digital signature; the paper is signed by hand"), required=False
    )

    def __init__(self, *args: Any, draft: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registry: Any = self.fields["registry"]
        registry.queryset = Desk.objects.filter(
            registry=True,
            closed_at__isnull=True,
            section__department=draft.made_at_desk.section.department_id,
        ).select_related("post")
        if draft.issue.certificate:
            del self.fields["unsigned"]


class SendForm(ThroughForm):
    """One of the readers, in a way of their own."""

    field_order = ("addressee", "mode", "registry", "tracking", "unsigned")

    addressee: Any = forms.ModelChoiceField(None, label=pgettext_lazy("letter", "To"))
    mode = forms.ChoiceField(label=_("How"), choices=Dispatch.Mode.choices)
    tracking = forms.CharField(label=_("Number of the consignment"), max_length=40, required=False)

    def __init__(self, *args: Any, draft: Any, **kwargs: Any) -> None:
        super().__init__(*args, draft=draft, **kwargs)
        addressee: Any = self.fields["addressee"]
        addressee.queryset = draft.addressees.select_related("correspondent")


class SendWaitingForm(VersionForm):
    tracking = forms.CharField(label=_("Number of the consignment"), max_length=40, required=False)


class AgainForm(VersionForm):
    mode = forms.ChoiceField(label=_("How"), choices=Dispatch.Mode.choices)
    tracking = forms.CharField(label=_("Number of the consignment"), max_length=40, required=False)


class DeliveredForm(VersionForm):
    proof = forms.CharField(
        label=_("Number of the proof of delivery"),
        max_length=60,
        required=False,
        help_text=_("Of the acknowledgement card or the entry in the peon book."),
    )


class WhyForm(VersionForm):
    words = WordsField(label=_("Why"), max_length=300)


class CertificateForm(forms.Form):
    file = forms.FileField(label=_("Certificate with its key (.p12 or .pfx)"))
    passphrase = forms.CharField(
        label=_("Its passphrase"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("At least 8 characters. It is never kept: you type it for every signature."),
    )
