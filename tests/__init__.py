"""The tests: one folder an app, a named cast in people.py, plain builders."""
