from esachivalaya.common.import_command import ImportCommand
from officials.imports import DATA, DEPARTMENTS


class Command(ImportCommand):
    """Loads the State's departments, or those of another file."""

    help = "Loads departments from a CSV file: all of them or none."
    layout = DEPARTMENTS
    default_file = DATA / "departments.csv"
