"""What the portal holds of a donor, for that donor: to read, to take along, to delete."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from appointments.forms.changes import KeyForm
from appointments.services.refusals import Refused
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language
from plasma import donor_door
from plasma.donor_door import Visitor, behind_the_link
from plasma.services import erasing, export
from plasma.views.acts import say

GET_POST = ["GET", "HEAD", "POST"]


@behind_the_link
@require_safe
def my_data(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Everything that is held of this person, in words."""
    context = {"visitor": visitor, "sections": export.sections(visitor.donor)}
    return render(request, "plasma/my-data.html", context)


@behind_the_link
@require_safe
def my_data_file(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The same as a file."""
    return HttpResponse(
        export.as_json(visitor.donor),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@behind_the_link
@require_http_methods(GET_POST)
def delete(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Ask once more, then erase; the link opens nothing afterwards."""
    form = KeyForm()
    if request.method == "POST" and not switching_language(request):
        form = KeyForm(request.POST)
        if form.is_valid():
            try:
                once(
                    request,
                    lambda: erasing.erase(visitor.donor, how=visitor.asker.how),
                    form="plasma:delete",
                    key=form.cleaned_data["key"],
                    asked={},
                    principal=visitor.principal,
                )
            except KeyMisused:
                return redirect(visitor.url())
            except Refused as refused:
                say(form, refused)
            else:
                donor_door.leave(request)
                return redirect("plasma:answered", "deleted")
    return render(request, "plasma/delete.html", {"visitor": visitor, "form": form})
