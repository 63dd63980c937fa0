"""Meetings: what people who sit in them cost the portal, and how soon they see each other."""
