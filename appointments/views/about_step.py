"""What a meeting is about: the step in which a service or scheme may be chosen.

Finding, choosing and removing a service are buttons of the one form, so that what was typed stays
and no script is needed.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from appointments import drafts
from appointments.forms.booking import AboutForm
from appointments.models import Draft
from appointments.views.about_service import offered
from appointments.views.steps import frame, url_of
from esachivalaya.common.language import switching_language
from officials.models import Service
from officials.search import services_found

LONGEST_SUBJECT = 120


def page(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Take what the meeting is about, or show the form with what was typed and found."""
    if request.method != "POST":
        return _shown(request, draft, _kept(request, draft))
    if _only_looking(request):
        return _shown(request, draft, _typed(request))
    form = AboutForm(request.POST)
    if not form.is_valid():
        service = offered(request.POST.get("service", ""))
        return _rendered(request, draft, form, service, form.found, 422)
    draft = drafts.keep(request.session, draft.post, "about", form.data_for_draft())
    return redirect(url_of(draft.post.code, drafts.next_step(draft)))


def subject_of(service: Service | None) -> str:
    """Return the subject that is proposed for a meeting about ``service``."""
    if service is None:
        return ""
    words = _("My application: %(service)s") % {"service": service}
    return words if len(words) <= LONGEST_SUBJECT else f"{words[: LONGEST_SUBJECT - 1].rstrip()}…"


def _only_looking(request: HttpRequest) -> bool:
    """Whether the form was sent to see it in another language, or to find or choose a service.

    The Enter key in the line of the search looks as well, as long as nothing else is typed.
    """
    sent = request.POST
    if switching_language(request) or "look" in sent or "choose" in sent:
        return True
    return bool(sent.get("service_words")) and not sent.get("subject") and not sent.get("sought")


def _kept(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """What the draft keeps; a service in the address wins: it was chosen a moment ago."""
    kept = dict(draft.data.get("about", {}))
    services = Service.objects.visible_to(None).select_related("department")
    before = services.filter(pk=kept["service"]).first() if kept.get("service") else None
    service = offered(request.GET.get("service", ""))
    return _with(kept, before, service or before)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed so far, with the service that a button chose or removed."""
    form = AboutForm()
    typed = {
        name: field.widget.value_from_datadict(request.POST, {}, name) or ""
        for name, field in form.fields.items()
    }
    before = service = offered(request.POST.get("service", ""))
    if request.POST.get("look") == "none":
        service = None
    elif "choose" in request.POST:
        service = offered(request.POST["choose"])
    if service is not None:
        typed["service_words"] = ""
    return _with(typed, before, service)


def _with(typed: dict[str, Any], before: Service | None, service: Service | None) -> dict[str, Any]:
    """Put ``service`` into what was typed, and into the subject unless that is somebody's own."""
    subject = typed.get("subject", "")
    if not subject or subject == subject_of(before):
        subject = subject_of(service)
    return {**typed, "subject": subject, "service": service}


def _shown(request: HttpRequest, draft: Draft, initial: dict[str, Any]) -> HttpResponse:
    service: Service | None = initial["service"]
    words = str(initial.get("service_words", ""))[:80]
    found = [] if service else services_found(words)
    form = AboutForm(initial=initial)
    return _rendered(request, draft, form, service, found)


def _rendered(
    request: HttpRequest,
    draft: Draft,
    form: AboutForm,
    service: Service | None,
    found: list[Service],
    status: int = 200,
) -> HttpResponse:
    words = form["service_words"].value() or ""
    context = {
        **frame(draft.post, "about"),
        "form": form,
        "fields": [field for field in form.visible_fields() if field.name != "service_words"],
        "service": service,
        "found": found,
        "nothing_found": bool(str(words).strip()) and not found and service is None,
    }
    return render(request, "appointments/booking/about.html", context, status=status)
