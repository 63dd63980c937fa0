"""What is done for donors, banks and hospitals."""
