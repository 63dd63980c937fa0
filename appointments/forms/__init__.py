"""The forms of the citizens' pages. They check shape and wording; rules are the services'."""
