"""Districts, departments and posts from CSV: all or nothing, every mistake by its line."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from esachivalaya.audit.models import Detail, Entry
from officials.models import Department, District, Post

pytestmark = pytest.mark.django_db

POST_COLUMNS = (
    "code,title_en,title_hi,department,district,reports_to,level,at_due_time,hand_down_to"
)


def load(name: str, *args: object, **options: object) -> str:
    out = io.StringIO()
    call_command(f"import_{name}", *map(str, args), stdout=out, **options)
    return out.getvalue().strip()


def load_all() -> None:
    for name in ("districts", "departments", "posts"):
        load(name)


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "rows.csv"
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def refusal(name: str, path: Path) -> str:
    with pytest.raises(CommandError) as refused:
        load(name, path)
    return str(refused.value)


def test_the_states_own_files_load_and_loading_twice_changes_nothing() -> None:
    assert load("districts") == "23 new, 0 changed, 0 the same"
    assert load("departments") == "36 new, 0 changed, 0 the same"
    assert load("posts") == "68 new, 0 changed, 0 the same"
    recorded = Entry.objects.count()
    assert recorded == 23 + 36 + 68
    assert load("districts") == "0 new, 0 changed, 23 the same"
    assert load("departments") == "0 new, 0 changed, 36 the same"
    assert load("posts") == "0 new, 0 changed, 68 the same"
    assert Entry.objects.count() == recorded


def test_posts_refer_to_posts_further_down_and_have_short_titles() -> None:
    load_all()
    chief_minister = Post.objects.get(code="CM")
    assert chief_minister.hand_down_to == Post.objects.get(code="DPS-CM")
    rewari = Post.objects.get(code="DC-REW")
    assert (rewari.short_en, rewari.short_hi) == ("DC Rewari", "उपायुक्त रेवाड़ी")
    assert rewari.reports_to is not None
    assert rewari.reports_to.code == "DIV-GGM"
    assert Post.objects.get(code="ACS-HOME").short_en == "ACS Home"
    assert not Post.objects.filter(search_words="").exists()


def test_every_post_of_the_file_has_a_short_title_of_its_own() -> None:
    load_all()
    english = Post.objects.values_list("short_en", flat=True)
    hindi = Post.objects.values_list("short_hi", flat=True)
    assert len(set(english)) == len(set(hindi)) == 68


def test_dry_run_says_what_would_change_and_changes_nothing() -> None:
    assert load("districts", "--dry-run") == (
        "23 new, 0 changed, 0 the same (dry run: nothing was changed)"
    )
    assert not District.objects.exists()
    assert not Entry.objects.exists()


def test_a_change_is_reported_stored_and_recorded_with_the_value_before(tmp_path: Path) -> None:
    load_all()
    path = written(
        tmp_path, "code,name_en,name_hi,division,since", "REW,Rewari City,रेवाड़ी,Gurugram,2020-07-21"
    )
    told = load("districts", path)
    assert "REW: name_en: Rewari → Rewari City" in told
    assert "REW: since: None → 2020-07-21" in told
    assert told.endswith("0 new, 1 changed, 0 the same")
    assert District.objects.count() == 23
    detail = Detail.objects.get(entry__act="changed_by_import")
    assert detail.data["changes"]["name_en"] == {"before": "Rewari", "after": "Rewari City"}
    assert "siti" in Post.objects.get(code="DC-REW").search_words


def test_a_short_title_set_in_the_admin_survives_the_next_loading() -> None:
    load_all()
    Post.objects.filter(code="DC-REW").update(short_en="Deputy C. Rewari")
    load("posts")
    assert Post.objects.get(code="DC-REW").short_en == "Deputy C. Rewari"


def test_all_mistakes_are_listed_by_line_and_nothing_is_loaded(tmp_path: Path) -> None:
    load("departments")
    load("districts")
    path = written(
        tmp_path,
        POST_COLUMNS,
        "A,Officer A,अधिकारी क,REV,REW,,district_officer,allot,",
        "B,Officer B,अधिकारी ख,NONE,REW,,district_officer,allot,",
        "C,Officer C,अधिकारी ग,REV,REW,,emperor,allot,",
        "D,,अधिकारी घ,REV,REW,NOBODY,district_officer,allot,",
        "A,Officer A again,अधिकारी,REV,REW,,district_officer,allot,",
        "E,too,few",
        ",No code,बिना कोड,REV,REW,,district_officer,allot,",
        f"F,{'x' * 121},अधिकारी,REV,REW,,district_officer,allot,",
    )
    told = refusal("posts", path)
    for words in (
        "Line 3: department: there is no “NONE”.",
        "Line 4: level: Value 'emperor' is not a valid choice.",
        "Line 5: reports_to: there is no “NOBODY”.",
        "Line 5: title_en: This field cannot be blank.",
        "Line 6: “A” is there already, in line 2.",
        "Line 7: 3 values instead of 9.",
        "Line 8: “code” is empty.",
        "Line 9: title_en: Ensure this value has at most 120 characters",
    ):
        assert words in told
    assert not Post.objects.exists()


def test_a_row_that_breaks_a_rule_of_the_database_is_named(tmp_path: Path) -> None:
    load("departments")
    path = written(
        tmp_path,
        POST_COLUMNS,
        "A,Officer A,अधिकारी क,REV,,,district_officer,allot,",
        "B,Officer B,अधिकारी ख,REV,,,district_officer,hand_down,",
        "C,Officer C,अधिकारी ग,REV,,C,district_officer,allot,",
    )
    told = refusal("posts", path)
    assert "Line 3: Name the post that requests are handed down to" in told
    assert "Line 4: A post does not report to itself." in told
    assert not Post.objects.exists()


@pytest.mark.parametrize("column", ["reports_to", "hand_down_to"])
def test_a_circle_of_posts_is_refused(tmp_path: Path, column: str) -> None:
    load("departments")
    ends = {
        "reports_to": "{},district_officer,allot,",
        "hand_down_to": ",district_officer,hand_down,{}",
    }
    lines = [
        f"{code},Officer {code},अधिकारी,REV,,{ends[column].format(other)}"
        for code, other in (("A", "B"), ("B", "C"), ("C", "A"))
    ]
    told = refusal("posts", written(tmp_path, POST_COLUMNS, *lines))
    assert "A → B → C → A" in told
    assert not Post.objects.exists()


def test_missing_unknown_and_doubled_columns_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "code,name_en,name_en,colour", "REW,Rewari,Rewari,green")
    told = refusal("districts", path)
    assert "The column “division” is missing." in told
    assert "The column “colour” is not known." in told
    path = written(tmp_path, "code,name_en,name_en,name_hi,division,since")
    assert "The column “name_en” is there twice." in refusal("districts", path)


def test_excels_mark_at_the_start_of_a_file_is_welcome(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "code,name_en,name_hi,division,since",
        "REW,Rewari,रेवाड़ी,Gurugram,",
        encoding="utf-8-sig",
    )
    assert load("districts", path) == "1 new, 0 changed, 0 the same"


def test_other_encodings_and_other_kinds_of_file_get_a_clear_sentence(tmp_path: Path) -> None:
    header, row = "code,name_en,name_hi,division,since", "REW,Rewari,x,Gurugram\xe9,"
    assert "UTF-16" in refusal("districts", written(tmp_path, header, row, encoding="utf-16"))
    told = refusal("districts", written(tmp_path, header, row, encoding="latin-1"))
    assert "Line 2: This is not UTF-8." in told
    path = tmp_path / "rows.csv"
    path.write_bytes(b"code,\x00")
    assert "NUL" in refusal("districts", path)
    path.write_bytes(b"")
    assert "The file is empty." in refusal("districts", path)
    assert "cannot be read" in refusal("districts", tmp_path / "nowhere.csv")
    path.write_bytes(f'{header}\nREW,"Rewari,x,y,\n'.encode())
    assert "This is not CSV" in refusal("districts", path)
    assert not District.objects.exists()


def test_loading_takes_as_many_statements_for_400_rows_as_for_40(tmp_path: Path) -> None:
    def statements(count: int, start: int) -> int:
        rows = [f"D{n},Department {n},विभाग {n},department," for n in range(start, start + count)]
        path = written(tmp_path, "code,name_en,name_hi,kind,eoffice_wave", *rows)
        with CaptureQueriesContext(connection) as queries:
            load("departments", path)
        return len(queries)

    assert statements(40, 0) == statements(400, 1000)
    assert Department.objects.count() == 440
