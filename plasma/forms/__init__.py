"""What donors, banks and hospitals type."""
