"""What people type, kept without the numbers that the portal must not hold.

One mechanism for the whole portal: a model field of this module masks whatever looks like an
Aadhaar number before it is stored, by whatever road it comes, and the middleware tells whoever
typed it. A form that shows words again before they are stored uses :class:`WordsField`, which masks
the same at that point.
"""

import contextvars
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.middleware import GetResponse
from esachivalaya.common.words import mask_aadhaar, tidy

AADHAAR_NOTE = _(
    "What looked like an Aadhaar number was made unreadable: the portal never asks for one."
)
_masked_now: contextvars.ContextVar[bool] = contextvars.ContextVar("masked_now", default=False)


def without_numbers(text: str) -> str:
    """Return ``text`` as it may be kept; whoever typed it in this request is told of a change."""
    kept, found = mask_aadhaar(text)
    if found:
        _masked_now.set(True)
    return kept


class _Typed:
    """Masks at each way into the table: ``save()``, ``bulk_create()`` and ``update()``.

    The row in hand is masked too, so that what is written from it (a message, the record) agrees
    with the table. For migrations it is the plain field: the table knows no difference.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)  # type: ignore[misc]
        return without_numbers(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)  # type: ignore[misc]
        if isinstance(value, str):
            value = without_numbers(value)
            setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kind = self.get_internal_type()  # type: ignore[attr-defined]
        return name, f"django.db.models.{kind}", args, kwargs


if TYPE_CHECKING:
    # For the checker, as for the tables, they are the plain fields.
    TypedLine, TypedText = models.CharField, models.TextField
else:

    class TypedLine(_Typed, models.CharField):
        """A line that a person types."""

    class TypedText(_Typed, models.TextField):
        """Words of any length that a person types."""


class WordsField(forms.CharField):
    """Words as people type them: tidied, without control characters, numbers masked."""

    def __init__(self, **kwargs: Any) -> None:
        # A far too long text is refused with its own words, not silently cut.
        super().__init__(**kwargs)
        if isinstance(self.widget, forms.Textarea):
            self.widget.attrs.setdefault("rows", 4)

    def to_python(self, value: Any) -> str:
        return without_numbers(tidy(super().to_python(value) or ""))


@sync_only_middleware
def say_what_was_masked(get_response: GetResponse) -> GetResponse:
    """Tell whoever typed such a number that it was masked, on the page that they are sent to."""

    def handle(request: HttpRequest) -> HttpResponse:
        token = _masked_now.set(False)
        try:
            response = get_response(request)
            # On a page that shows the form again nothing was stored, and the words stand there.
            if _masked_now.get() and 300 <= response.status_code < 400:
                messages.warning(request, AADHAAR_NOTE)
        finally:
            _masked_now.reset(token)
        return response

    return handle
