"""Receipts, files, notes, drafts, dispatch and their movement."""
