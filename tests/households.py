"""A mother with one child in a test, as values of the rooms see her; and what a refusal said."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session

from bot.clock import Clock
from bot.errors import Refusal
from bot.families.children import add_child
from bot.families.consent import give
from bot.families.invitation import invite, join
from bot.families.membership import found_family
from bot.flow import Visit
from bot.sealing import Keyring

SECRET = b"secret of the tests"


def a_visit(session: Session, clock: Clock, who: str, keys: Keyring) -> Visit:
    return Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, keys, SECRET, "qihui_bot")


class Household:
    """A mother with one child, and helpers to let others in."""

    def __init__(self, visit_of: Callable[[str], Visit]) -> None:
        self.visit_of = visit_of
        mother = visit_of("mother")
        self.family = found_family(mother)
        give(mother, self.family, "answers")
        self.child = add_child(mother, self.family, "豆豆", date(2026, 3, 24), approximate=False, gestation_weeks=None)

    def lets_in(self, who: str, role: str) -> Visit:
        made = invite(self.visit_of("mother"), self.family, role)
        join(self.visit_of(who), made.code)
        return self.visit_of(who)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.phrase
