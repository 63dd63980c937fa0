"""Whom to meet: the directory, and the page of one post with its free times."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from appointments import diary
from appointments.forms.finding import DirectoryForm
from appointments.models import Request
from appointments.standing import promise_of
from appointments.views import draw_wishes
from appointments.views.about_service import offered, service_asked, with_service
from appointments.views.replaced import (
    present_office,
    replaced_by_words,
    replaced_office,
    replaced_page,
)
from appointments.views.searching import TooManySearches, count_search, too_many_searches
from appointments.views.times import times_of
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.kept import Kept
from esachivalaya.common.paging import page_of
from esachivalaya.common.templatetags.portal import bilingual
from officials.models import Charge, Post
from officials.querysets import PostQuerySet
from officials.search import search

PAGE = 20
# Of lists found by long words few are asked for twice.
LONGEST_KEPT = 120
KEPT_LISTS: Kept[str] = Kept(seconds=10, most=300)


@login_not_required
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Offices that can be met, found by words, department, level and district.

    The list is the same for everybody and is what most visitors open: it is made once in ten
    seconds for each address and language. So its next free times are at most twice that old; what
    is still free is decided when a request is sent.
    """
    asked = request.GET.urlencode()
    try:
        if len(asked) > LONGEST_KEPT:
            offices = _offices(request)
        else:
            offices = KEPT_LISTS.get((chosen_language(), asked), lambda: _offices(request))
    except TooManySearches:
        return too_many_searches(request)
    return render(request, "appointments/directory.html", {"offices": offices})


def _offices(request: HttpRequest) -> str:
    """Return filters and list as they stand on the page; nothing in them is of the visitor."""
    form = DirectoryForm(request.GET)
    form.is_valid()
    posts = _filtered(request, form.cleaned_data)
    # Found by words: the likeliest first; else in the order of the State's list.
    by = ["-search_rank", "id"] if "search_rank" in posts.query.annotations else ["id"]
    page = page_of(posts, by=by, token=request.GET.get("after", ""), size=PAGE)
    free = diary.next_free_of(page.rows, channel=Request.Channel.OWN_PHONE)
    rows = [(post, free.get(post.pk)) for post in page.rows]
    words = form.cleaned_data.get("q", "")
    service = offered(form.cleaned_data.get("service", ""))
    context = {
        "request": request,
        "form": form,
        "page": page,
        "rows": rows,
        "asked": any(value for name, value in form.cleaned_data.items() if name != "service"),
        "service": service,
        "all_url": with_service(request.path, service),
        "replaced": replaced_by_words(words) if words else [],
    }
    return render_to_string("appointments/parts/offices.html", context)


def _filtered(request: HttpRequest, data: dict[str, Any]) -> PostQuerySet:
    posts = Post.objects.visible_to(None).select_related("department", "district")
    if data.get("q"):
        # What is kept costs nothing and is not counted.
        count_search(request)
        posts = search(posts, data["q"])
    for name, lookup in (
        ("department", "department__code"),
        ("level", "level"),
        ("district", "district__code"),
    ):
        if data.get(name):
            posts = posts.filter(**{lookup: data[name]})
    return posts


@login_not_required
@require_safe
def post_page(request: HttpRequest, code: str) -> HttpResponse:
    """One office: who it is, how it answers, and when it can be met."""
    try:
        post = post_with_holder(code)
    except Http404:
        old = replaced_office(code)
        new = present_office(old) if old else None
        if old is None or new is None:
            raise
        return replaced_page(request, old, new)
    times = times_of(post, start=request.GET.get("from", "")[:10])
    district = post.district
    service = service_asked(request)
    context = {
        "post": post,
        "service": service,
        "directory_url": with_service(reverse("officials:directory"), service),
        "times": times,
        "draws": draw_wishes.announced(post),
        "post_title": bilingual(post, "title"),
        "department": bilingual(post.department, "name"),
        "holder": bilingual(post, "holder") if post.holder_en or post.holder_hi else "",
        "lines": [bilingual(post.department, "name"), district and bilingual(district, "name")],
        "promise": promise_of(post),
    }
    return render(request, "appointments/post.html", context)


def post_with_holder(code: str) -> Any:
    """Return the post with the names of its holder, in one query."""
    head = Charge.objects.live().filter(
        post=OuterRef("pk"), kind__in=[Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL]
    )
    posts: QuerySet[Any] = (
        Post.objects.visible_to(None)
        .select_related("department", "district", "hand_down_to")
        .annotate(
            holder_en=Subquery(head.values("user__name_en")[:1]),
            holder_hi=Subquery(head.values("user__name_hi")[:1]),
        )
    )
    post = posts.filter(Q(code=code) | Q(code=code.upper())).first()
    if post is None:
        raise Http404
    return post
