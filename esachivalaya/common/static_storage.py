"""Static files under names that carry their content, the modules that a script imports included.

A page that was made before an update so never mixes old modules with new ones, and a browser asks
for each of them once.
"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModulesByContent(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """As WhiteNoise keeps them, with the addresses in ``import`` statements rewritten."""

    support_js_module_import_aggregation = True
