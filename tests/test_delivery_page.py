"""The page about delivery shows the states as the code has them."""

import re

from bot.outreach.outgoing import STATES, TRANSITIONS
from bot.outreach.state_diagram import diagram, with_diagram
from tests.conftest import REPOSITORY


def test_the_diagram_in_the_documents_is_that_of_the_code() -> None:
    page = (REPOSITORY / "docs" / "delivery.md").read_text(encoding="utf-8")
    assert with_diagram(page) == page, "run scripts/delivery_diagram.py"


def test_the_diagram_shows_every_state_and_happening() -> None:
    drawn = diagram()
    for word in (*STATES, *(happening for _, happening in TRANSITIONS)):
        assert word in drawn


def test_every_test_that_the_page_names_is_there() -> None:
    page = (REPOSITORY / "docs" / "delivery.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:(test_\w+)\.py)?(?:::)?(test_\w+)?`", page)
    assert len([one for one in named if any(one)]) > 30
    for file, test in named:
        if file or test:
            text = (REPOSITORY / "tests" / f"{file or 'test_delivery_faults'}.py").read_text(encoding="utf-8")
            assert f"def {test}(" in text or not test, (file, test)
