"""What the tests of e-Office begin with: a section at its desks."""

import pytest

from tests.desks import Branch, make_branch


@pytest.fixture
def branch(db: None) -> Branch:
    return make_branch()
