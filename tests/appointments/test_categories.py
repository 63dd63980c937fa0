"""The categories that requests are sorted by, loaded from the portal's file."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Category
from esachivalaya.audit.models import Entry

pytestmark = pytest.mark.django_db


def loaded(*arguments: str) -> str:
    out = StringIO()
    call_command("import_categories", *arguments, stdout=out)
    return out.getvalue()


def test_every_category_has_its_name_in_both_languages() -> None:
    assert "13 new" in loaded()
    for category in Category.objects.all():
        assert category.name_en.isascii()
        assert any("\u0900" <= letter <= "\u097f" for letter in category.name_hi)
    assert Entry.objects.filter(subject_kind="appointments.category", act="imported").count() == 13


def test_loading_twice_changes_nothing() -> None:
    loaded()
    assert "0 new, 0 changed, 13 the same" in loaded()


def test_a_dry_run_changes_nothing() -> None:
    assert "dry run" in loaded("--dry-run")
    assert not Category.objects.exists()


def test_a_wrong_line_is_named_and_nothing_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "categories.csv"
    file.write_text("code,name_en,name_hi,position\nroads,Roads,सड़कें,1\nwater,,पानी,two\n")
    with pytest.raises(CommandError, match="Line 3"):
        loaded(str(file))
    assert not Category.objects.exists()
