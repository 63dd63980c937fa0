"""Made-up lists: the same for the same seed, and what was asked for is in them."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from plasma.generator import Wanted, rows
from tests.donors import DonorCast, make_cohort, today
from tests.plasma.lists import loaded, written


def made(wanted: Wanted, seed: int = 1) -> list[list[str]]:
    return list(rows(wanted, seed=seed, today=today()))


def test_the_same_seed_makes_the_same_list(donor_cast: DonorCast) -> None:
    assert made(Wanted(50)) == made(Wanted(50))
    assert made(Wanted(50)) != made(Wanted(50), seed=2)


def test_every_name_says_that_it_is_made_up(donor_cast: DonorCast) -> None:
    _header, *people = made(Wanted(100))
    assert all(line[0].endswith(("(नमूना)", "(sample)")) for line in people)
    assert {line[7] for line in people} == {"hi", "en"}


def test_what_was_asked_for_is_what_loading_finds(donor_cast: DonorCast) -> None:
    header, *people = made(Wanted(200, shared=10, duplicates=7, bad=24))
    row = loaded(make_cohort("Sample"), written(people, header), donor_cast.priya)
    assert row.counts["refused"] == 24
    assert row.counts["duplicate"] == 7
    assert row.counts["new"] == 200
    assert 5 < row.counts["shared"] < 40


def test_the_command_writes_a_file_or_to_the_output(donor_cast: DonorCast, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("generate_donors", "5", "--seed", "3", stdout=out)
    path = tmp_path / "donors.csv"
    call_command("generate_donors", "5", "--seed", "3", "--output", str(path))
    assert path.read_text(encoding="utf-8-sig").splitlines() == out.getvalue().splitlines()
    assert len(out.getvalue().splitlines()) == 6


def test_nonsense_is_refused(donor_cast: DonorCast, tmp_path: Path) -> None:
    for given in (["-1"], ["999999"], ["5", "--output", str(tmp_path / "no" / "x.csv")]):
        with pytest.raises(CommandError):
            call_command("generate_donors", *given)


def test_without_districts_there_is_nobody_to_make(db: None) -> None:
    with pytest.raises(CommandError, match="import_districts"):
        call_command("generate_donors", "5")
