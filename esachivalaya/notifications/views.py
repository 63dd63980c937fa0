"""The demo phone: what would have gone out, on a page that looks like a phone."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from esachivalaya.common import registry
from esachivalaya.common.formats import phone_number
from esachivalaya.notifications.models import Channel, Message

LATEST = 400
SHOWN = 30
ADDRESSES = 25
# Those that left the outbox as far as the reader is concerned.
ARRIVED = {"accepted", "sent", "delivered"}


class AddressForm(forms.Form):
    """Whose phone, or whose mailbox, one looks at."""

    number = forms.ChoiceField(required=False)
    show = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, addresses: list[str], channel: str, chosen: str) -> None:
        super().__init__(initial={"number": chosen, "show": channel})
        field = self.fields["number"]
        field.label = _("Phone") if channel == Channel.SMS else _("Mailbox")
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(address, phone_number(address)) for address in addresses]


@dataclass(frozen=True)
class Bubble:
    """One message as the page draws it."""

    message: Message
    note: str


@never_cache
@login_not_required
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Show the latest messages of one number or mailbox; there is no such page outside a demo."""
    if not settings.DEMO:
        raise Http404
    channel = Channel.EMAIL if request.GET.get("show") == Channel.EMAIL else Channel.SMS
    wanted = request.GET.get("number", "").replace("\x00", "").strip()[:254]
    if wanted.removeprefix("91").isascii() and wanted.isdigit():
        # A plus sign in an address arrives as a space.
        wanted = f"+{wanted}"
    addresses = _latest_addresses(channel)
    chosen = wanted or next(iter(addresses), "")
    if chosen and chosen not in addresses:
        addresses.insert(0, chosen)
    newest = Message.objects.filter(channel=channel, to=chosen).order_by("-id")[:SHOWN]
    return render(
        request,
        "notifications/phone.html",
        {
            "channel": channel.value,
            "form": AddressForm(addresses, channel, chosen),
            "chosen": chosen,
            "bubbles": [Bubble(row, _note(row)) for row in reversed(newest)],
            "codes": [pair for pairs in registry.demo_codes() for pair in pairs],
        },
    )


def _latest_addresses(channel: Channel) -> list[str]:
    recent = Message.objects.filter(channel=channel).order_by("-id").values_list("to", flat=True)
    return list(dict.fromkeys(recent[:LATEST]))[:ADDRESSES]


def _note(message: Message) -> str:
    if message.status not in ARRIVED:
        return str(message.get_status_display())
    if message.channel == Channel.EMAIL:
        return message.to
    if message.segments == 1:
        return gettext("1 segment")
    return gettext("%(count)d segments") % {"count": message.segments}
