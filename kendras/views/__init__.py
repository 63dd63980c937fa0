"""The pages of a Kendra."""
