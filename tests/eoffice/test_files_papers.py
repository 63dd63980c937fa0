"""Papers of a file: given to who may see the file, logged, never shown within the portal."""

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.models import Opening
from eoffice.services import filing
from tests import papers
from tests.desks import Branch, diarised, filed, make_branch
from tests.people import sign_in_staff

pytestmark = pytest.mark.django_db


def test_a_scan_is_saved_by_who_sees_the_file_and_logged(branch: Branch) -> None:
    scan = papers.paper(papers.pdf())
    receipt, file = diarised(branch, papers=[("letter.pdf", scan)]), filed(branch)
    put = filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    code = branch.assistant.post.code
    url = reverse("eoffice:file-paper", args=[code, file.pk, put.pk, 1])
    answer = sign_in_staff(Client(), branch.seema).get(url)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert Opening.objects.get(item=file.pk).what == f"paper {put.pk}/1"

    other = make_branch("LND", "HOM")
    theirs = reverse("eoffice:file-paper", args=[other.officer.post.code, file.pk, put.pk, 1])
    assert sign_in_staff(Client(), other.ramesh).get(theirs).status_code == 404
    beside = reverse("eoffice:file-paper", args=[code, filed(branch).pk, put.pk, 1])
    assert sign_in_staff(Client(), branch.seema).get(beside).status_code == 404
