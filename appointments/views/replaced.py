"""Offices that can no longer be met, and the ones that do their work now."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from esachivalaya.common.templatetags.portal import bilingual
from officials.models import Post
from officials.search import search

# So many renamed or abolished offices are named above what was found.
NAMED = 3


def replaced_office(code: str) -> Post | None:
    """Return the closed office of that code whose work another one does, or None."""
    closed = Post.objects.filter(code__in=[code, code.upper()], active=False)
    return closed.filter(succeeded_by__isnull=False).first()


def present_office(post: Post) -> Post | None:
    """Return who does the work of ``post`` now, through several changes; None if nobody does.

    Successors never run in a circle; seen twice ends the search all the same.
    """
    seen: set[int] = set()
    here: Post | None = post
    while here is not None and not here.active and here.pk not in seen:
        seen.add(here.pk)
        here = here.succeeded_by
    return here if here is not None and here.active else None


def leading_on(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let an old address of a closed office lead to its page, which names who does its work now."""

    @wraps(view)
    def show(request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, code, **kwargs)
        except Http404:
            old = replaced_office(code)
            if old is None or present_office(old) is None:
                raise
            return redirect("officials:post", old.code)

    return show


def replaced_page(request: HttpRequest, old: Post, new: Post) -> HttpResponse:
    """Say that ``old`` receives nobody any more, and lead to ``new``."""
    context = {"old": bilingual(old, "title"), "new": new}
    return render(request, "appointments/replaced.html", context)


def replaced_by_words(words: str) -> list[tuple[Post, Post]]:
    """Return closed offices that ``words`` name, each with who does its work now."""
    closed = Post.objects.filter(active=False, succeeded_by__isnull=False)
    found = search(closed.select_related("succeeded_by"), words)[:NAMED]
    pairs = ((old, present_office(old)) for old in found)
    return [(old, new) for old, new in pairs if new is not None]
