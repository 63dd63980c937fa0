"""The access matrix as it stands in matrix/*.txt, and what an answer is called there."""

import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "matrix"
# In the order of the columns. "Other" and "past" ones belong, or belonged, to something of the
# same kind as the one before them.
ROLES = (
    "anonymous",
    "citizen",
    "other_citizen",
    "operator",
    "past_operator",
    "other_operator",
    "supervisor",
    "private_secretary",
    "holder",
    "link_officer",
    "other_holder",
    "past_holder",
    "clerk",
    "section_officer",
    "other_clerk",
    "past_clerk",
    "registry",
    "bank_desk",
    "medical_officer",
    "other_bank_desk",
    "hospital",
    "other_hospital",
    "campaign_officer",
    "setup",
    "appointing",
    "auditor",
    "messages",
    "reports",
    "help_desk",
    "superuser",
    "idle_staff",
    "password_only",
)
# One letter for each kind of answer.
LETTERS = {200: "o", 400: "b", 403: "x", 404: "-", 405: "m", 409: "c", 410: "g", 422: "b", 503: "n"}
SIGN_INS = ("/accounts/sign-in/", "/accounts/staff/", "/admin/login/", "/track/")
LONG = re.compile(r"[A-Z0-9]{8,}")
NONCE = re.compile(
    rb'(name="(?:csrfmiddlewaretoken|key)" value="[^"]*"|nonce-[\w+/=-]+|'
    rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def letter(answer: Any) -> str:
    """How the table calls this answer: ``s`` leads to a sign-in, ``r`` leads elsewhere."""
    if answer.status_code in {301, 302, 303}:
        return "s" if answer["Location"].startswith(SIGN_INS) else "r"
    return LETTERS.get(answer.status_code, f"({answer.status_code})")


def rows() -> dict[str, tuple[str, str]]:
    """What the table expects, by the name of the address: the method, and a letter for each role.

    "?" is a place that nobody has decided yet: no answer fits it.
    """
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(HERE.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, method, letters = line.split()
                assert name not in found, f"{name} stands twice in the table"
                assert method in {"GET", "POST"}, line
                assert len(letters) == len(ROLES), line
                found[name] = method, letters
    return found


def write(found: dict[str, tuple[str, str]]) -> None:
    """Write the table anew: the admin's addresses into a file of their own."""
    HERE.mkdir(exist_ok=True)
    width = max(map(len, found))
    head = ["# address, method, and a letter for each role in the order of ROLES in table.py:"]
    head.append("# o page, r led on, s to a sign-in, - not there, x forbidden, b form refused")
    for file in ("admin", "portal"):
        own = {name for name in found if name.startswith("admin:") == (file == "admin")}
        lines = [f"{name:{width}} {found[name][0]:4} {found[name][1]}" for name in sorted(own)]
        text = "\n".join([*head, *lines, ""])
        (HERE / f"{file}.txt").write_text(text, encoding="utf-8")


def same(answer: Any, path: str) -> tuple[int, str, bytes]:
    """What a stranger can tell of an answer, without what is new in each and without its address.

    Long pieces of the address (a reference, a code) are what the stranger brought as well.
    """
    body = b"" if answer.streaming else NONCE.sub(b"", answer.content)
    place = answer.headers.get("Location", "")
    for piece in [path, *(piece for piece in path.split("/") if LONG.fullmatch(piece))]:
        body, place = body.replace(piece.encode(), b"..."), place.replace(piece, "...")
    return answer.status_code, place, body
