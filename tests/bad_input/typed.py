"""What a person would type into a field of that name, where its page leaves it empty."""

from esachivalaya.common.idempotency import new_key
from tests.bad_input.forms import Form
from tests.people import STAFF_PASSWORD

TYPED = {
    "phone": "98000 00001", "name": "Kavita Rani", "subject": "Demarcation of the fields",
    "sought": "An order", "description": "The stones were moved.", "code": "123456",
    "pin": "202020", "again": "202020", "password": STAFF_PASSWORD, "username": "anita",
    "reference": "ES22222222", "year": "1985", "district": "GGM", "blood_group": "O+",
    "text": "The road will be repaired.", "body": "The road will be repaired.",
    "reason": "It is not of this office", "words": "Repair of the lift", "remarks": "Please see",
    "email": "asha@example.com", "day": "2026-12-01", "first": "2026-12-01",
    "last": "2026-12-02", "first_day": "2026-12-01", "last_day": "2026-12-02",
    "starts_at": "2026-12-01T10:00", "ends_at": "2026-12-01T11:00", "due_on": "2026-12-01",
    "needed_by": "2026-12-01T10:00", "received_on": "2026-11-20", "letter_date": "2026-11-19",
    "from": "2026-11-01", "to": "2026-11-20", "q": "road", "units": "1", "haemoglobin": "13,5",
    "purpose": "A complaint of the village", "witness": "Ram Singh", "minutes": "15",
    "serial_number": "A-000123", "fee_rs": "0", "given_name": "Kavita", "decision": "approved",
    "opens": "10:00", "closes": "12:00", "pace": "600", "version": "1", "confirm": "on",
    "agree": "on",
}  # fmt: skip


def filled(form: Form) -> dict[str, str]:
    """The form as somebody sends it who fills in what they know."""
    values = {name: value or TYPED.get(name, "") for name, value in form.values.items()}
    return {**values, "key": new_key()} if "key" in values else values
