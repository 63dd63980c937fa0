"""The forms of signing in and of the household. They check shape and wording, no rule."""
