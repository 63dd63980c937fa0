"""Whether an answer of the office was given before by this very form."""

from django.http import HttpRequest

from esachivalaya.common.models import SentForm


def was_sent(request: HttpRequest, *, form: str, key: str) -> bool:
    """Whether this person has sent this very form before, and it acted."""
    key = key.replace("\x00", "")[:64]
    return SentForm.objects.filter(principal=f"user:{request.user.pk}", form=form, key=key).exists()
