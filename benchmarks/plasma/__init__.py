"""A campaign of twenty thousand, from the file to the last message; and the funnel of a million."""
