"""Whatever could hold something about a person is in the table of what is kept, why and how long.

A new field fails here until it is in ``esachivalaya/pages/personal_data.py``, with what it is for
and when it leaves, or below, because it says nothing about anybody.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation

from esachivalaya.pages.personal_data import TABLE
from esachivalaya.pages.personal_table import as_markdown

# Rows about people. A reference to a user says who did something, and is of the record.
PEOPLE = {"accounts.Citizen", "accounts.Household", "plasma.Donor"}
# Kinds of fields that cannot say who somebody is.
HARMLESS = (
    models.BooleanField,
    models.IntegerField,
    models.FloatField,
    models.DateField,
    models.TimeField,
    models.UUIDField,
)
# By model: what is typed there, or made, says nothing about a person.
NOT_PERSONAL = {
    "contenttypes.ContentType": "app_label model",
    "auth.Permission": "name codename",
    "auth.Group": "name",
    "sessions.Session": "session_key",
    "common.Counter": "series",
    "common.SentForm": "form key digest result",
    "common.Sweep": "name",
    "common.StoredFile": "checked_by",
    "common.PendingImport": "kind digest",
    "audit.Entry": "subject_kind act post_code detail_digest previous hash",
    "audit.Detail": "salt",
    "audit.Anchor": "root",
    "notifications.Breaker": "gateway channel problem",
    "notifications.InboundMessage": "provider_id",
    "notifications.MessageTemplate": (
        "key subject_en subject_hi body_en body_hi dlt_entity_id dlt_header "
        "dlt_template_id_en dlt_template_id_hi dlt_text_en dlt_text_hi"
    ),
    "notifications.Message": (
        "key subject_kind subject_id basis callback_token gateway provider_id error_code "
        "network problem"
    ),
    "notifications.NumberMark": "error_code",
    "notifications.Receipt": "provider_id status error_code network",
    "notifications.RefusedCall": "webhook reason",
    "accounts.SignInCode": "code_hash",
    "accounts.User": "password",
    "accounts.Invitation": "token_digest",
    "officials.District": "code name_en name_hi division",
    "officials.Department": "code name_en name_hi eoffice_wave",
    "officials.Section": "code name_en name_hi",
    "officials.Post": "code title_en title_hi short_en short_hi search_words",
    "officials.HoursException": "reason",
    "officials.Holiday": "name_en name_hi",
    "officials.Service": (
        "code name_en name_hi designated_officer designated_officer_hi first_authority "
        "first_authority_hi second_authority second_authority_hi eligibility_en "
        "eligibility_hi documents_en documents_hi source search_words"
    ),
    "appointments.Category": "code name_en name_hi",
    "appointments.Request": "reference pin_hash",
    "appointments.FreedTime": "seed",
    "appointments.Hold": "during",
    "appointments.Draft": "owner_digest",
    "appointments.Draw": "seed seed_digest words",
    "appointments.DrawWish": "code pin_hash",
    "appointments.AgendaFeed": "digest",
    "appointments.ShortLink": "digest",
    "appointments.LadderStep": "told",
    "appointments.PromiseDay": "tenths",
    "appointments.PhoneCall": "call_id pressed",
    "meetings.Room": "name",
    "meetings.Seat": "place token_digest",
    "meetings.Signal": "key",
    "kendras.Kendra": "code name_en name_hi block_en block_hi address_en address_hi phone weekdays",
    "kendras.OperatorPin": "pin_hash",
    "kendras.SeatHold": "during",
    "plasma.Bank": "code city_en city_hi address_en address_hi phone",
    "plasma.BankClosure": "words",
    "plasma.Cohort": "name source legal_basis",
    "plasma.CohortImport": "file_name digest columns counts",
    "plasma.OutreachSwitch": "reason",
    "plasma.Campaign": "name districts blood_groups template dry_run words",
    "plasma.FunnelCount": "reason",
    "plasma.Policy": "authority",
    "plasma.BedHold": "during",
    "plasma.Hospital": "code name_en name_hi",
    "plasma.PlasmaRequest": "reference",
    "eoffice.Onboarding": "wave",
    "eoffice.Item": "number number_key seen_by",
    "eoffice.SavedView": "box",
    "eoffice.Head": "code name_en name_hi",
    "eoffice.File": "old_number",
    "eoffice.Movement": "charge_kind previous hash",
    "eoffice.ChargeReport": "digest",
    "eoffice.Note": "digest",
    "eoffice.Flag": "letter",
    "eoffice.LetterTemplate": "name letterhead body",
    "eoffice.DraftVersion": "digest",
    "eoffice.Issue": "number sha256 code certificate",
    "eoffice.Dispatch": "number",
    "eoffice.Printout": "code digest",
    "eoffice.SecretPaper": "number",
    "pages.Notice": "words_hi words_en still_works_hi still_works_en",
}


def ours() -> Iterator[tuple[str, str]]:
    """Each field that could hold something about a person, as (model, name)."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field.is_relation:
                if field.related_model._meta.label in PEOPLE:  # type: ignore[union-attr]
                    yield model._meta.label, field.name
            elif not field.choices and not isinstance(field, HARMLESS):
                yield model._meta.label, field.name


def listed() -> list[tuple[str, str]]:
    return [
        (model, name)
        for kept in TABLE
        for model, names in kept.fields.items()
        for name in names.split()
    ]


def not_personal() -> set[tuple[str, str]]:
    return {(model, name) for model, names in NOT_PERSONAL.items() for name in names.split()}


def test_every_field_about_a_person_is_in_the_table() -> None:
    assert set(ours()) - set(listed()) - not_personal() == set()


def test_the_table_names_only_fields_that_are_there_and_each_once() -> None:
    there = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
    }
    assert set(listed()) - there == set()
    assert not_personal() - there == set()
    assert set(listed()) & not_personal() == set()
    assert [field for field, times in Counter(listed()).items() if times > 1] == []


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_public_page_says_all_of_it_in_each_language(language: str) -> None:
    client = Client()
    client.cookies["language"] = language
    html = client.get(reverse("pages:privacy")).content.decode()
    with translation.override(language):
        told = [str(words) for kept in TABLE for words in (kept.what, kept.why, kept.how_long)]
    assert [words for words in told if words.replace("'", "&#x27;") not in html] == []


def test_the_document_holds_the_same_table() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert as_markdown() in text
