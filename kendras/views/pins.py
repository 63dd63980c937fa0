"""One's own PIN for the counter."""

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.language import switching_language
from kendras.access import for_people_of_kendras
from kendras.forms.sitting import PinForm
from kendras.models import Kendra, OperatorPin
from kendras.services import operator_pins


@for_people_of_kendras
@sensitive_post_parameters("pin", "again", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: HttpRequest, user: User) -> HttpResponse:
    """Set the PIN: behind the second factor, and with the password once more."""
    if not Kendra.objects.served_by(user).exists():
        raise Http404
    if request.method != "POST" or switching_language(request):
        return _page(request, user, PinForm())
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form, 422)
    password = form.cleaned_data["password"]
    if authenticate(request, username=user.username, password=password) != user:
        form.add_error("password", _("This is not your password."))
        return _page(request, user, form, 422)
    try:
        operator_pins.set_pin(user=user, pin=form.cleaned_data["pin"])
    except Refused as refused:
        form.add_error(refused.field, str(refused.message))
        return _page(request, user, form, 422)
    messages.success(request, _("Your PIN is set. With it you open a counter that was locked."))
    return redirect("kendras:home")


def _page(request: HttpRequest, user: User, form: PinForm, status: int = 200) -> HttpResponse:
    has_pin = OperatorPin.objects.filter(user=user).exists()
    return render(request, "kendras/pin.html", {"form": form, "has_pin": has_pin}, status=status)
