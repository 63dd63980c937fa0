"""What providers and mailboxes call: receipts for messages, and "no more appeals" by a link."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from esachivalaya.notifications import numbers, receipts, webhooks
from esachivalaya.notifications.models import Message, OptOut


@webhooks.twilio_webhook("receipt")
def receipt(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Take one signed receipt; whatever it says, a good signature and token are answered 204."""
    message = receipts.message_for(pk, token)
    if message is None:
        return webhooks.refused(webhook="receipt", reason="no such message or token")
    fields = request.POST
    word = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    provider_id = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not word or not provider_id or "\x00" in f"{word}{provider_id}":
        return webhooks.refused(webhook="receipt", reason="no status or id")
    receipts.take(
        message=message,
        news=receipts.News(
            provider_id=provider_id,
            word=word.lower(),
            error_code=fields.get("ErrorCode", "").replace("\x00", ""),
            network=fields.get("MccMnc", "").replace("\x00", ""),
        ),
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Show a button that ends appeals to this mailbox; pressing it does.

    Mail programs press it for their reader (RFC 8058), without a cookie: the token stands for the
    right to. GET changes nothing, since scanners open every link.
    """
    known = receipts.message_for(pk, token)
    if known is None:
        raise Http404
    message = Message.objects.get(pk=pk)
    if not message.to:
        raise Http404
    if request.method == "POST":
        numbers.opt_out(channel=message.channel, address=message.to, source=OptOut.Source.LINK)
    return render(
        request,
        "notifications/stop.html",
        {"channel": message.channel, "done": request.method == "POST"},
    )
