"""Static files can be collected, fingerprinted and compressed as production does it."""

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings


def test_every_file_a_style_or_script_asks_for_is_there(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
