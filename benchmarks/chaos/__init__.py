"""Faults at random moments under a steady load, held against what the load was told."""
