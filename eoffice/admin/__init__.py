"""Setting e-Office up."""

from eoffice.admin import letters as letters
from eoffice.admin import organisation as organisation
