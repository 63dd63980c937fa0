"""Whose certificates count: trusted authorities, what they revoked, and what the check says."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from eoffice import checks, pdf
from eoffice.services import signing, trusted
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from tests.authority import (
    PASSPHRASE,
    authority,
    certificate_in,
    officer_p12,
    revoked_pem,
    root_pem,
)
from tests.people import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ramesh() -> User:
    return make_staff("ramesh")


@pytest.fixture
def roots(settings: Any, tmp_path: Path) -> Path:
    """A directory of trusted authorities, and one of what they revoked."""
    for name in ("roots", "crls"):
        (tmp_path / name).mkdir()
    (tmp_path / "roots" / "one.pem").write_bytes(root_pem())
    settings.SIGNATURE_ROOTS = str(tmp_path / "roots")
    settings.SIGNATURE_CRLS = str(tmp_path / "crls")
    return tmp_path


def letter() -> bytes:
    sheet = pdf.Sheet(
        language="en", letterhead="Haryana", form="Letter", subject="Road", body="Yes.", to=["A"]
    )
    return pdf.letter(sheet)


def keep(user: User, uploaded: bytes) -> Any:
    return signing.keep(by=user, uploaded=uploaded, passphrase=PASSPHRASE)


@pytest.mark.parametrize(
    ("uploaded", "rule"),
    [
        ({"days": -1}, "expired"),
        ({"began": 5}, "expired"),
        ({"issuer": "Somebody else"}, "untrusted"),
        ({"signs": False}, "certificate"),
    ],
    ids=["expired", "not yet valid", "untrusted", "wrong key usage"],
)
def test_what_does_not_count_is_not_kept(
    roots: Path, ramesh: User, uploaded: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        keep(ramesh, officer_p12(**uploaded))
    assert refused.value.rule == rule
    assert signing.certificate_of(ramesh) is None


def test_a_certificate_of_a_trusted_authority_signs(roots: Path, ramesh: User) -> None:
    row = keep(ramesh, officer_p12())
    signed = signing.sign(letter(), certificate=row, passphrase=PASSPHRASE)
    (seen,) = signing.look_at(signed)
    assert (seen.intact, seen.trusted) == (True, True)


def test_what_was_revoked_since_signs_no_more(roots: Path, ramesh: User) -> None:
    p12 = officer_p12()
    row = keep(ramesh, p12)
    signed = signing.sign(letter(), certificate=row, passphrase=PASSPHRASE)
    (roots / "crls" / "new.pem").write_bytes(revoked_pem(certificate_in(p12)))
    with pytest.raises(Refused) as refused:
        signing.sign(letter(), certificate=row, passphrase=PASSPHRASE)
    assert refused.value.rule == "revoked"
    with pytest.raises(Refused):
        keep(ramesh, p12)
    # Nor does the signature look trusted any longer.
    (seen,) = signing.look_at(signed)
    assert (seen.intact, seen.trusted) == (True, False)


def test_a_list_that_names_others_stops_nobody(roots: Path, ramesh: User) -> None:
    other = revoked_pem(certificate_in(officer_p12("Somebody")))
    (roots / "crls" / "new.pem").write_bytes(other)
    assert keep(ramesh, officer_p12()).subject == "CN=Ramesh Kumar"


def test_a_list_that_another_authority_signed_revokes_nothing(roots: Path, ramesh: User) -> None:
    p12 = officer_p12()
    forged = revoked_pem(certificate_in(p12), issuer="Somebody else")
    (roots / "crls" / "forged.pem").write_bytes(forged)
    assert keep(ramesh, p12).pk


def test_a_directory_holds_several_authorities_in_either_form(roots: Path, ramesh: User) -> None:
    der = authority("Second")[1].public_bytes(Encoding.DER)
    (roots / "roots" / "two.cer").write_bytes(der)
    (roots / "roots" / "three.pem").write_bytes(root_pem("Third") + root_pem("Fourth"))
    assert len(trusted.roots()) == 4
    for issuer in ("Second", "Fourth"):
        assert keep(ramesh, officer_p12(issuer=issuer)).issuer == f"CN={issuer}"


def test_without_the_setting_the_check_warns_and_work_goes_on(settings: Any, ramesh: User) -> None:
    settings.SIGNATURE_ROOTS = ""
    (warning,) = checks.authorities()
    assert warning.id == "eoffice.W001"
    assert keep(ramesh, officer_p12(issuer="Anybody")).pk


@pytest.mark.parametrize("content", [b"no certificate", b"-----BEGIN CERTIFICATE-----\nx\n", b""])
def test_what_cannot_be_read_stops_the_check_and_every_signature(
    roots: Path, ramesh: User, content: bytes
) -> None:
    assert checks.authorities() == []
    (roots / "roots" / "one.pem").write_bytes(content)
    (problem,) = checks.authorities()
    assert problem.id == "eoffice.E001"
    with pytest.raises(Refused) as refused:
        keep(ramesh, officer_p12())
    assert refused.value.rule == "roots"


def test_a_directory_that_is_gone_or_empty_is_an_error(roots: Path, settings: Any) -> None:
    (roots / "roots" / "one.pem").unlink()
    assert [one.id for one in checks.authorities()] == ["eoffice.E001"]
    settings.SIGNATURE_ROOTS = str(roots / "nowhere")
    assert [one.id for one in checks.authorities()] == ["eoffice.E001"]


def test_lists_are_checked_for_form_and_age(
    roots: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checks.revocations() == []
    place = roots / "crls" / "new.pem"
    place.write_bytes(revoked_pem())
    assert checks.revocations() == []
    place.write_bytes(revoked_pem(days=-1))
    assert [one.id for one in checks.revocations()] == ["eoffice.W002"]
    place.write_bytes(b"no list")
    assert [one.id for one in checks.revocations()] == ["eoffice.E002"]


def test_a_letter_signed_before_the_certificate_ended_still_counts(
    roots: Path, ramesh: User
) -> None:
    row = keep(ramesh, officer_p12(days=1))
    signed = signing.sign(letter(), certificate=row, passphrase=PASSPHRASE)
    day_after = row.valid_until.replace(year=row.valid_until.year + 1)
    assert not signing.look_at(signed, moment=day_after)[0].trusted
    assert signing.look_at(signed, moment=row.added_at)[0].trusted
