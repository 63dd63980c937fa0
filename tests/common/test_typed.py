"""Numbers that look like Aadhaar numbers are kept nowhere, whatever the road by which they come."""

import json
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.db import models, transaction
from django.forms import BaseForm, CharField
from django.test import Client
from django.urls import reverse

from appointments.models import Companion, Request
from eoffice import forms
from esachivalaya.audit.models import Detail
from esachivalaya.audit.services import digest, record
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.typed import TypedLine, TypedText
from esachivalaya.pages.models import Feedback
from tests import people
from tests.booking import sent_by_asha

NUMBER, KEPT = "2341 2341 2346", "XXXX XXXX 2346"
DEVANAGARI = "२३४१-२३४१-२३४६"
# Not words that a person types about a matter: names of things that the State sets up or a system
# makes, numbers that have a check of their own, and what is a secret or its digest.
NOT_WORDS = frozenset(
    """
    name_en name_hi code title_en title_hi short_en short_hi
    phone old_phone new_phone caller to address to_address email username password
    """.split()
)


@pytest.mark.django_db
def test_what_is_saved_updated_or_made_in_bulk_is_masked() -> None:
    request = sent_by_asha(people.make_cast(), subject=f"My number is {NUMBER}")
    assert request.subject == f"My number is {KEPT}"
    Request.objects.filter(pk=request.pk).update(description=f"{DEVANAGARI} is mine")
    request.refresh_from_db()
    assert request.description == "XXXX-XXXX-२३४६ is mine"
    Companion.objects.bulk_create([Companion(request=request, position=1, name=NUMBER)])
    assert Companion.objects.get().name == KEPT


@pytest.mark.django_db
def test_the_row_in_hand_says_the_same_as_the_table() -> None:
    row = Feedback(kind="idea", words=NUMBER, language="hi")
    row.save()
    assert row.words == Feedback.objects.get().words == KEPT


@pytest.mark.django_db
def test_the_record_keeps_none_and_its_digest_is_that_of_what_it_keeps() -> None:
    cast = people.make_cast()
    hexadecimal = "234123412346" * 5
    data = {"after": {"words": [NUMBER]}, "digest": hexadecimal, "phone": "+919800000001"}
    with transaction.atomic():
        entry = record(cast.asha, "corrected", at=clock.now(), data=data)
    kept = Detail.objects.get(entry__seq=entry.seq, entry__subject_id=str(cast.asha.pk))
    assert kept.data == {**data, "after": {"words": [KEPT]}}
    assert digest(kept.salt, kept.data) == entry.detail_digest
    assert NUMBER not in json.dumps(kept.data)


@pytest.mark.django_db
def test_whoever_typed_it_is_told_once_and_nobody_else() -> None:
    client = Client()
    client.cookies["language"] = "en"
    sent = {"kind": "idea", "words": f"Mine is {NUMBER}, is it not?", "contact": ""}
    done = client.post(reverse("pages:feedback"), {**sent, "key": new_key()})
    page = client.get(done["Location"]).content.decode()
    assert page.count("made unreadable") == 1
    assert "made unreadable" not in client.get(reverse("pages:feedback")).content.decode()


def typed_fields() -> list[tuple[str, models.Field]]:  # type: ignore[type-arg]
    """The text fields of our own models that a form of a person may fill, with their names.

    Without e-Office, which masks in its forms (WordsField), before a note is signed: a text that
    has a digest or a signature is never changed on its way into the table.
    """
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0]
        in {"esachivalaya", "officials", "appointments", "meetings", "kendras", "plasma"}
    ]
    return [
        (f"{model._meta.label}.{field.name}", field)
        for model in ours
        for field in model._meta.local_fields
        if field.get_internal_type() in {"CharField", "TextField"} and not field.choices
    ]


def test_every_field_for_a_persons_words_masks() -> None:
    told = {"words", "reason", "subject", "sought", "description", "decision", "what", "witness"}
    told |= {"relation", "name", "given_name", "contact", "family_id", "serial_number"}
    # The name of a meeting room is made by the portal; a message's subject out of a template.
    made = {"meetings.Room.name", "notifications.Message.subject", "accounts.SignInCode.subject"}
    made |= {"common.Sweep.name", "notifications.RefusedCall.reason", "plasma.FunnelCount.reason"}
    plain = [
        name
        for name, field in typed_fields()
        if field.name in told - NOT_WORDS and name not in made
        if not isinstance(field, TypedLine | TypedText)
    ]
    assert plain == []


# What e-Office's forms take besides words: numbers of things, searches, secrets and choices.
NOT_WORDS_OF_FILES = (
    "box drafts free_number name old_number other passphrase pin_code proof q query to tracking"
).split()


def test_every_form_of_e_office_masks_words_before_they_are_sealed() -> None:
    modules = [import_module(f"eoffice.forms.{each.name}") for each in iter_modules(forms.__path__)]
    plain = {
        f"{found.__name__}.{name}"
        for module in modules
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, BaseForm)
        for name, field in found.base_fields.items()
        if type(field) is CharField and name not in NOT_WORDS_OF_FILES
    }
    assert plain == set()
