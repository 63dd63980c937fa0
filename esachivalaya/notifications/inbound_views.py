"""The webhook of SMS that come in."""

from django.http import HttpRequest, HttpResponse

from esachivalaya.notifications import inbound, webhooks

# Nothing is said in the answer to the call: what is answered goes through the outbox, where it is
# counted, limited and seen like every other message.
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@webhooks.twilio_webhook("inbound")
def inbound_sms(request: HttpRequest) -> HttpResponse:
    """Take one signed SMS; whatever it says, the provider hears nothing."""
    names = ("MessageSid", "SmsSid", "From", "To", "Body", "OptOutType")
    fields = {name: request.POST.get(name, "").replace("\x00", "") for name in names}
    provider_id = fields["MessageSid"] or fields["SmsSid"]
    if not provider_id or len(provider_id) > 64:
        return webhooks.refused(webhook="inbound", reason="no message id")
    inbound.take(
        provider_id=provider_id,
        sender=fields["From"][:32],
        to=fields["To"][:32],
        # The provider's own words for the opt-outs that it deals with, however they were written.
        body=fields["OptOutType"] or fields["Body"],
        answered=bool(fields["OptOutType"]),
    )
    return HttpResponse(NOTHING, content_type="text/xml; charset=utf-8")
