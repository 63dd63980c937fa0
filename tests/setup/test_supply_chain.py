"""What the portal is made of: pinned by digest, its licences read, its calls judged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from lib import insecure, licences, vulnerable

ROOT = Path(settings.BASE_DIR)
FILES = ("requirements.txt", "requirements-dev.txt")


@pytest.mark.parametrize("file", FILES)
def test_everything_pinned_has_its_digests(file: str) -> None:
    """And nothing comes from anywhere but by name and version."""
    blocks = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pins = [line for line in blocks if line.strip() and not line.lstrip().startswith("#")]
    assert len(pins) > 50
    for pin in pins:
        assert "==" in pin.split()[0], pin
        assert "--hash=sha256:" in pin, pin


@pytest.mark.parametrize("file", FILES)
def test_the_licence_of_everything_pinned_is_listed(file: str) -> None:
    listed = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    for name, version in licences.pinned(file):
        assert f"| {name} | {version}" in listed, "run script/licences"
    assert "UNKNOWN" not in listed


def test_the_list_of_licences_is_what_the_packages_say() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "lib.licences", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "script"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("licence", "accepted"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("MIT OR GPL-3.0-or-later", True),
        ("LGPL", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("UNKNOWN", False),
    ],
)
def test_a_licence_that_nobody_accepted_is_refused(licence: str, accepted: bool) -> None:
    pins = {("thing", "1.0"): ""}
    found = licences.refused(pins, {"thing": licence}, licences.FREE | licences.LIBRARIES)
    assert (found == []) is accepted


def test_a_call_without_a_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    monkeypatch.setattr("lib.places.ROOT", tmp_path)
    monkeypatch.setattr(insecure, "HERE", {})
    call = "import subprocess\nsubprocess.run('ls', shell=True)"
    (tmp_path / "bad.py").write_text(f"{call}\n")
    assert insecure.main() == 1
    (tmp_path / "bad.py").write_text(f"{call}  # noqa: S602, S607 - a listing, of nobody's words\n")
    assert insecure.main() == 0
    monkeypatch.setattr(insecure, "HERE", {("B105", "gone.py"): "was there once"})
    assert insecure.main() == 1


def test_no_index_is_not_the_same_as_no_vulnerability(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every road out closed, the check says that it did not check."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert vulnerable.main() == 0
    assert capsys.readouterr().out == f"{vulnerable.NOT_ASKED}.\n"
