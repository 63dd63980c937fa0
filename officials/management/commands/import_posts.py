from esachivalaya.common.import_command import ImportCommand
from officials.imports import DATA, POSTS


class Command(ImportCommand):
    """Loads the State's posts, or those of another file."""

    help = "Loads posts from a CSV file: all of them or none."
    layout = POSTS
    default_file = DATA / "posts.csv"
