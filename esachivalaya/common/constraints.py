"""A violated constraint becomes a sentence for the person who asked, never an error page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _


class Refusal(Exception):
    """Something that is not done, said in words; ``field`` is the one to blame, "" for none."""

    def __init__(self, message: str | Promise, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


def violated(error: IntegrityError) -> str:
    """Return the name of the constraint that refused, or "" when the database does not say."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")


def sentence_for(error: IntegrityError) -> str:
    """Return what the violated constraint means, in words."""
    name = violated(error)
    constraint = _constraints().get(name)
    if constraint is not None:
        return str(constraint.get_violation_error_message())
    if "unique" in str(error):
        return _("There is already a row with this value.")
    return _("The database refused this change (%(name)s).") % {"name": name or _("unknown rule")}


@contextmanager
def friendly_constraints() -> Iterator[None]:
    """Do what is inside in a savepoint; a constraint that it violates is raised as a Refusal."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refusal(sentence_for(error)) from error


def in_words(error: ValidationError) -> str:
    """Return all sentences of ``error``, one after the other, with their fields."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{name}: {' '.join(words)}" if name != "__all__" else " ".join(words)
        for name, words in error.message_dict.items()
    )


def _constraints() -> dict[str, models.BaseConstraint]:
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }
