"""Scripts are kept under names that carry their content, with the modules that they import."""

import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

from esachivalaya.common.static_storage import ModulesByContent

IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")


def test_every_module_is_imported_by_a_name_that_carries_its_content(
    settings: Any, tmp_path: Path
) -> None:
    """Else a page of yesterday mixes its modules with those of today."""
    stores = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{ModulesByContent.__module__}.ModulesByContent"},
    }
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=stores):
        call_command("collectstatic", interactive=False, verbosity=0)
        kept = {Path(name) for name in staticfiles_storage.hashed_files.values()}  # type: ignore[attr-defined]
    scripts = [name for name in kept if name.suffix == ".js" and "vendor" not in name.parts]
    imported = {
        ((tmp_path / script).parent / found).resolve().relative_to(tmp_path.resolve())
        for script in scripts
        for found in IMPORTED.findall((tmp_path / script).read_text(encoding="utf-8"))
    }
    assert len(imported) > 10
    assert imported <= kept
