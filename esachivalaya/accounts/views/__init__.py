"""The pages of signing in and out, of the household, and of one's own sessions."""
