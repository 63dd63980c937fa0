"""That the counter has read what it was told."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from esachivalaya.common.by_script import asked_by_script
from kendras.access import Counter, at_the_counter
from kendras.services import notices


@require_POST
@at_the_counter
def seen(request: HttpRequest, counter: Counter, pk: int) -> HttpResponse:
    """Take a notice off the counter; another Kendra's is a 404."""
    if not notices.seen(kendra=counter.kendra, notice=pk, by=counter.operator):
        raise Http404
    if asked_by_script(request):
        return JsonResponse({"seen": True})
    return redirect("kendras:counter", counter.kendra.code)
