"""Upload, preview, confirm: exactly what was looked at is loaded, once, by whoever may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from django.urls import reverse

from esachivalaya.common import old_rows
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.import_pages import LARGEST
from esachivalaya.common.models import PendingImport
from kendras.models import Kendra, KendraCharge
from tests.kendras.files import kendras_csv, operators_csv
from tests.office import assert_strict, content
from tests.people import Cast, make_staff, sign_in_staff

pytestmark = pytest.mark.django_db
UPLOAD = "admin:kendras_kendra_import"
PREVIEW = "admin:kendras_kendra_import_preview"


@pytest.fixture
def setup(client: Client, cast: Cast) -> Client:
    """The browser of Nasreen, who sets up, in English."""
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.nasreen)


def upload(client: Client, text: str | bytes, *, name: str = UPLOAD, **fields: Any) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("kendras.csv", data, content_type="text/csv")
    return client.post(reverse(name), {"form_key": new_key(), "file": file, **fields})


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert found is not None
    return found.group(1)


def confirm(client: Client, address: str) -> Any:
    return client.post(address, {"shown": shown(content(client.get(address)))})


def test_the_list_leads_to_the_page_for_who_may(setup: Client, cast: Cast) -> None:
    address = reverse("admin:kendras_kendra_changelist")
    assert reverse(UPLOAD) in content(setup.get(address))
    appointing = sign_in_staff(Client(), cast.gurpreet)
    assert reverse(UPLOAD) not in content(appointing.get(address))


def test_an_upload_shows_what_it_would_do_and_changes_nothing(setup: Client) -> None:
    response = upload(setup, kendras_csv({}, {"code": "REW-0102"}))
    assert response.status_code == 302
    pending = PendingImport.objects.get()
    assert response["Location"] == reverse(PREVIEW, args=[pending.pk])
    page = setup.get(response["Location"])
    assert_strict(page)
    assert "kendras.csv" in content(page)
    assert "Load this file" in content(page)
    assert not Kendra.objects.exists()


def test_confirming_loads_it_once(setup: Client) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    data = {"shown": shown(content(setup.get(address)))}
    assert setup.post(address, data)["Location"] == address
    assert Kendra.objects.count() == 1
    page = content(setup.get(address))
    assert "The file was loaded" in page
    assert "Load this file" not in page
    Kendra.objects.update(name_en="Renamed since")
    assert setup.post(address, data).status_code == 302
    assert Kendra.objects.get().name_en == "Renamed since"


def test_changes_are_listed_before_they_are_made(setup: Client) -> None:
    confirm(setup, upload(setup, kendras_csv({}))["Location"])
    address = upload(setup, kendras_csv({"closes": "18:00"}))["Location"]
    assert "REW-0101: closes: 17:00 → 18:00" in content(setup.get(address))
    confirm(setup, address)
    assert Kendra.objects.get().closes.hour == 18


def test_what_changed_meanwhile_is_shown_and_nothing_is_loaded(setup: Client) -> None:
    confirm(setup, upload(setup, kendras_csv({}))["Location"])
    address = upload(setup, kendras_csv({"closes": "18:00"}))["Location"]
    data = {"shown": shown(content(setup.get(address)))}
    Kendra.objects.update(name_hi="बदला हुआ केंद्र")
    response = setup.post(address, data)
    assert response.status_code == 409
    assert "name_hi: बदला हुआ केंद्र → अटल सेवा केंद्र धारूहेड़ा" in content(response)
    assert Kendra.objects.get().closes.hour == 17
    # The old page is worth nothing now; the new one is.
    assert setup.post(address, data).status_code == 409
    assert Kendra.objects.get().closes.hour == 17
    confirm(setup, address)
    assert Kendra.objects.get().closes.hour == 18


def test_all_problems_are_listed_by_line_and_nothing_can_be_confirmed(setup: Client) -> None:
    text = kendras_csv({"kind": "shop"}, {"code": "REW-0102", "phone": "1"})
    address = upload(setup, text)["Location"]
    page = content(setup.get(address))
    assert "Line 2: kind" in page
    assert "Line 3: phone" in page
    assert "Load this file" not in page
    assert setup.post(address, {"shown": ""}).status_code == 409
    assert not Kendra.objects.exists()


def test_a_file_with_nothing_new_says_so(setup: Client) -> None:
    confirm(setup, upload(setup, kendras_csv({}))["Location"])
    page = content(setup.get(upload(setup, kendras_csv({}))["Location"]))
    assert "There is nothing to load" in page
    assert "Load this file" not in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("कोड,नाम\n".encode("utf-16"), "The file is UTF-16"),
        (b"code,kind\nREW\xff,x\n", "This is not UTF-8"),
        (b"code,kind\nREW-1,saral\n", "The column “name_en” is missing."),
        (b"code\x00,kind\n", "NUL character"),
    ],
)
def test_what_is_no_such_file_is_told(setup: Client, data: bytes, words: str) -> None:
    assert words in content(setup.get(upload(setup, data)["Location"]))


def test_an_empty_or_missing_or_large_file_is_refused_in_the_form(setup: Client) -> None:
    for response, words in (
        (upload(setup, b""), "empty"),
        (setup.post(reverse(UPLOAD), {"form_key": new_key()}), "required"),
        (upload(setup, b"x" * (LARGEST + 1)), "larger than 5 MB"),
    ):
        assert response.status_code == 422
        assert words in response.content.decode()
    assert not PendingImport.objects.exists()


def test_the_same_form_twice_keeps_one_file(setup: Client) -> None:
    key = new_key()
    first = upload(setup, kendras_csv({}), form_key=key)
    again = upload(setup, kendras_csv({}), form_key=key)
    assert first["Location"] == again["Location"]
    assert upload(setup, kendras_csv({"code": "X1"}), form_key=key).status_code == 409
    assert PendingImport.objects.count() == 1


def test_other_peoples_files_are_not_there(setup: Client) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    data = {"shown": shown(content(setup.get(address)))}
    other = sign_in_staff(Client(), make_staff("second", roles=("setup",)))
    assert other.get(address).status_code == 404
    assert other.post(address, data).status_code == 404
    assert not Kendra.objects.exists()


@pytest.mark.parametrize("who", ["gurpreet", "meera", "suresh"])
def test_wrong_roles_find_nothing(setup: Client, cast: Cast, who: str) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    client = sign_in_staff(Client(), getattr(cast, who))
    assert client.get(reverse(UPLOAD)).status_code == 404
    assert client.get(address).status_code == 404
    assert upload(client, kendras_csv({})).status_code == 404


def test_who_lost_the_role_meanwhile_loads_nothing(setup: Client, cast: Cast) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    data = {"shown": shown(content(setup.get(address)))}
    cast.nasreen.roles.all().delete()
    assert setup.post(address, data).status_code in {302, 404}
    assert not Kendra.objects.exists()


def test_a_file_of_another_table_is_not_there(setup: Client, cast: Cast) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    pk = address.rstrip("/").rsplit("/", 1)[1]
    appointing = sign_in_staff(Client(), cast.gurpreet)
    other = reverse("admin:kendras_kendracharge_import_preview", args=[pk])
    assert appointing.get(other).status_code == 404
    # Not even for who may load both.
    cast.nasreen.roles.create(name="appointing")
    assert setup.get(other).status_code == 404


def test_wrong_methods_are_refused(setup: Client) -> None:
    address = upload(setup, kendras_csv({}))["Location"]
    assert setup.put(reverse(UPLOAD)).status_code == 405
    assert setup.delete(address).status_code == 405


def test_files_are_forgotten_after_a_day(setup: Client) -> None:
    old = upload(setup, kendras_csv({}))["Location"]
    upload(setup, kendras_csv({}))
    pk = int(old.rstrip("/").rsplit("/", 1)[1])
    PendingImport.objects.filter(pk=pk).update(made_at=F("made_at") - timedelta(hours=25))
    assert PendingImport.objects.filter(made_at__lt=ClockTimestamp()).count() == 2
    old_rows.sweep()
    assert setup.get(old).status_code == 404
    assert PendingImport.objects.count() == 1


def test_operators_are_loaded_by_who_appoints(cast: Cast, kendra: Kendra) -> None:
    client = Client()
    client.cookies["language"] = "en"
    sign_in_staff(client, cast.gurpreet)
    name = "admin:kendras_kendracharge_import"
    address = upload(client, operators_csv({}), name=name)["Location"]
    confirm(client, address)
    charge = KendraCharge.objects.get()
    assert (charge.kendra, charge.given_by) == (kendra, cast.gurpreet)
