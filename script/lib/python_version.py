"""The one check that must also parse on a Python too old for everything else."""

import sys

MINIMUM = (3, 11)


def require():  # type: ignore[no-untyped-def]
    if sys.version_info < MINIMUM:
        sys.stderr.write(
            "e-Sachivalaya needs Python %d.%d or newer; this is Python %d.%d (%s).\n"
            % (MINIMUM[0], MINIMUM[1], sys.version_info[0], sys.version_info[1], sys.executable)
        )
        sys.exit(1)
