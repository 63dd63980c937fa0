"""Backups of everything the portal cannot make anew, and their way back. See docs/backup.md."""
