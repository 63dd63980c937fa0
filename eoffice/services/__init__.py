"""What is done with receipts and files."""
