"""What is done at a Kendra."""
