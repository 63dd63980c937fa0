"""Services and schemes that the tests speak of."""

from typing import Any

from officials.models import Service
from officials.search import words_of_service
from tests.people import make_department


def make_service(code: str = "SJE-OLD", department: str = "REV", **fields: Any) -> Service:
    """A scheme of which nothing is notified, unless it is given; found by its names."""
    wanted: dict[str, Any] = {
        "kind": "scheme",
        "name_en": "Old Age Samman Allowance",
        "name_hi": "वृद्धावस्था सम्मान भत्ता",
        **fields,
    }
    service = Service(code=code, department=make_department(department), **wanted)
    service.search_words = words_of_service(service)
    service.save()
    return service


def make_deed_service() -> Service:
    """A service of which all is notified but the second authority."""
    return make_service(
        "REV-DEED",
        kind="service",
        name_en="Registration of sale deed",
        name_hi="बैनामा का पंजीकरण",
        days=60,
        day_kind="working",
        designated_officer="Sub Registrar",
        designated_officer_hi="उप पंजीयक",
        first_authority="SDM",
        kendra_fee_rs=10,
        atal_seva_fee_rs=30,
        eligibility_en="Whoever sells land in the State",
        documents_en="Proof of identity\nLast jamabandi",
        source="RTS notification",
    )
