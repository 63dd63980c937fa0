"""Plasma donors: asked once, kindly, and safely."""
