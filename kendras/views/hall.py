"""The screen in the hall: public, without a secret in its address, and without a name on it."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from esachivalaya.common.by_script import asked_by_script
from kendras.hall import hall_of

PAGE, PART = "kendras/hall.html", "kendras/parts/hall.html"


@login_not_required
@require_safe
def hall(request: HttpRequest, code: str) -> HttpResponse:
    """Show which number is called where and who comes next; a script gets the numbers alone.

    A script that shows them already gets 304. Neither session nor person is read.
    """
    found = hall_of(code)
    if found is None:
        raise Http404
    by_script = asked_by_script(request)
    etag = found.etag if by_script else None
    if etag is not None and (unchanged := get_conditional_response(request, etag=etag)):
        return _kept(unchanged, etag)
    # Without the request: this page needs nothing of whoever looks at it.
    page = render_to_string(PART if by_script else PAGE, {"hall": found, "code": code})
    return _kept(HttpResponse(page), etag)


def _kept(answer: HttpResponse, etag: str | None) -> HttpResponse:
    """Say that the answer is asked for anew each time, and that a script's is another one."""
    answer["Cache-Control"] = "no-cache" if etag else "no-store"
    answer["Vary"] = "Sec-Fetch-Dest, Accept"
    if etag:
        answer["ETag"] = etag
    return answer
