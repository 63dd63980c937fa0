"""A session that opens one part of the portal only; everywhere else nobody is signed in.

A counter that is locked, or that another operator took over with a PIN, stays in its place: the
person in such a session has proved too little for anything else, so nothing else is told of them.
"""

from collections.abc import Callable

from django.contrib.auth import get_user
from django.contrib.auth.middleware import get_user as user_of_session
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware
from django.utils.functional import SimpleLazyObject

from esachivalaya.accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]
BOUNDS = "bounds"


def bind(request: HttpRequest, path: str) -> None:
    """Keep this session within the addresses that begin with ``path``, from the next request on."""
    request.session[BOUNDS] = path


def unbind(request: HttpRequest) -> None:
    """Let this session open everything again that its person may see."""
    request.session.pop(BOUNDS, None)


def bounds_of(request: HttpRequest) -> str:
    """Return how the addresses begin within which this session is kept, "" for everywhere."""
    return str(request.session.get(BOUNDS, ""))


def person_behind(request: HttpRequest) -> User | None:
    """Return whose session this is, within its bounds or not."""
    user = get_user(request) if bounds_of(request) else request.user
    return user if isinstance(user, User) else None


@sync_only_middleware
def keep_within_bounds(get_response: GetResponse) -> GetResponse:
    """Middleware: outside the bounds of a session the request is nobody's.

    Stands between the authentication middleware and that of the second factor. Session and user
    are read only when somebody asks who it is.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _within(request))  # type: ignore[assignment]
        return get_response(request)

    return handle


def _within(request: HttpRequest) -> object:
    if request.path_info.startswith(bounds_of(request)):
        # The object behind the lazy one, as Django's middleware keeps it for this request.
        return user_of_session(request)
    return AnonymousUser()
