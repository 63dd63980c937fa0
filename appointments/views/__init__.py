"""The citizens' pages: finding an office, asking for a meeting, following it."""
