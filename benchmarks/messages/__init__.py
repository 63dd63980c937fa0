"""20,000 messages through kills and outages, compared with what the provider took; and speed."""
