"""The pages of donors, banks and hospitals."""
