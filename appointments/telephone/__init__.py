"""The telephone line: status, answers and help for phones that open no page."""
