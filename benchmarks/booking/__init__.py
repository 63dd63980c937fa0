"""Bookings per second beside the floor, a rush for few slots, and the size of pages."""
