"""What accounts do for others: one-time codes, households, staff, sessions.

Import from the modules: codes, households, invitations, second_factor, sessions, staff, demo.
"""
