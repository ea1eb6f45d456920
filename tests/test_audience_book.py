"""An audience is counted once for those who look, and anew for whoever sends."""

import threading
from datetime import timedelta

from bot.admin.audience_book import HOLDS_FOR, AudienceBook
from bot.outreach.announcement import Announcement
from bot.outreach.audience import Preview
from bot.outreach.audience_rule import AudienceRule
from tests.conftest import FixedClock


def one(rule: AudienceRule | None = None) -> Announcement:
    return Announcement("a1", "announcements", {"zh": "一", "en": "one"}, rule or AudienceRule(), "chen")


class Counting:
    """Counts one more each time it is asked."""

    def __init__(self) -> None:
        self.size = 0

    def __call__(self) -> Preview:
        self.size += 1
        return Preview(self.size, {}, ())


def test_it_holds_for_some_minutes_and_for_one_rule(clock: FixedClock) -> None:
    book, count = AudienceBook(), Counting()
    assert [book.look_up(one(), clock.now(), count).seen.size for _ in range(3)] == [1, 1, 1]
    assert book.look_up(one(AudienceRule(language="en")), clock.now(), count).seen.size == 2
    clock.at += HOLDS_FOR - timedelta(seconds=1)
    assert book.look_up(one(), clock.now(), count).seen.size == 1
    clock.passes(seconds=1)
    seen = book.look_up(one(), clock.now(), count)
    assert (seen.seen.size, seen.counted_at) == (3, clock.now())


def test_what_sends_counts_anew_and_those_who_look_see_it(clock: FixedClock) -> None:
    book, count = AudienceBook(), Counting()
    book.look_up(one(), clock.now(), count)
    assert book.count_anew(one(), clock.now(), count).seen.size == 2
    assert book.look_up(one(), clock.now(), count).seen.size == 2


def test_many_who_look_at_once_are_one_counting(clock: FixedClock) -> None:
    book, count, gate = AudienceBook(), Counting(), threading.Barrier(8)

    def look() -> None:
        gate.wait(5)
        book.look_up(one(), clock.now(), count)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.size == 1
