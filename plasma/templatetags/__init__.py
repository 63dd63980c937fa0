"""Template tags of the pages about plasma."""
