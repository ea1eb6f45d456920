"""Who an announcement is for, on both databases: counted, previewed, frozen; and under which consent."""

from datetime import date

import pytest
from sqlmodel import select

from bot.database import Database
from bot.errors import Refusal
from bot.outreach.announcement import TOPICS, Tally
from bot.outreach.announcement_rows import RecipientRow
from bot.outreach.announcements import (
    confirm,
)
from bot.outreach.audience import preview
from bot.outreach.audience_rule import AudienceRule
from tests.announce_town import Hand, Town, counted, finish, state
from tests.announce_words import hidden
from tests.conftest import KEYS, FixedClock


@pytest.fixture
def town(any_database: Database, clock: FixedClock) -> Town:
    return Town(any_database, clock)


def size(town: Town, topic: str = "announcements", rule: AudienceRule | None = None) -> int:
    return preview(town.database, KEYS, topic, rule or AudienceRule(), town.clock.today(), town.attended).size


RULES = [
    (AudienceRule(), {"baby", "toddler", "no child", "english"}),
    (AudienceRule(from_months=6), {"baby", "toddler", "english"}),
    (AudienceRule(from_months=8, to_months=8), {"baby", "english"}),
    (AudienceRule(from_months=9), {"toddler"}),
    (AudienceRule(to_months=7), set()),
    (AudienceRule(districts=("浦东新区",)), {"baby"}),
    (AudienceRule(districts=("浦东新区", "徐汇区")), {"baby", "toddler"}),
    (AudienceRule(districts=("浦东新区",), from_months=9), set()),
    (AudienceRule(language="en"), {"english"}),
    (AudienceRule(attended="e1"), {"toddler"}),
    (AudienceRule(attended="e2"), set()),
]


def test_who_is_meant(town: Town) -> None:
    names = {
        "baby": town.family("baby", district="浦东新区")[0],  # eight months old today
        "toddler": town.family("toddler", born_on=date(2025, 1, 2), district="徐汇区")[0],
        "no child": town.family("no child", born_on=None)[0],
        "english": town.family("english", language="en")[0],
    }
    town.family("everything but news", purposes=("calendar", "events", "answers", "statistics"))
    town.family("old text", version="2020-1")
    town.family("unreachable", reachable=False)
    town.family("stopped")
    town.mutes(town.family("muted")[0])
    town.stops("stopped")
    town.guests = {"e1": {names["toddler"]}}
    for rule, meant in RULES:
        announcement_id = town.started(rule)
        town.announcing().tend(town.clock.now())
        with town.database.transaction() as session:
            frozen = select(RecipientRow.chat_key).where(RecipientRow.announcement_id == announcement_id)
            chats = set(session.exec(frozen).all())
        assert chats == {names[name] for name in meant}, rule
        assert size(town, rule=rule) == len(meant) == counted(town, announcement_id).audience


@pytest.mark.parametrize("topic", TOPICS)
def test_an_announcement_of_whatever_topic_needs_the_consent_to_news(town: Town, topic: str) -> None:
    town.family("reminders and activities", purposes=("calendar", "events"))
    assert size(town, topic) == 0
    town.family("news")
    assert size(town, topic) == 1


def test_two_caregivers_each_hear_it_once_and_one_of_two_families_once(town: Town) -> None:
    town.family("a", members=("mother", "father"))
    town.family("b", members=("mother",))
    with town.database.transaction() as session:
        from bot.families.family_rows import CaregiverRow

        session.add(
            CaregiverRow(
                id="0123456789abcdef",
                family_id=hidden("b")[:16],
                chat_key=hidden("a/mother"),
                role="reader",
                joined_at=town.clock.now(),
            )
        )
    announcement_id, hand = town.started(), Hand(town)
    finish(town, announcement_id, hand)
    assert sorted(chat for chat, _ in hand.sent) == sorted([hidden("a/mother"), hidden("a/father"), hidden("b/mother")])


def test_a_preview_counts_says_who_is_left_out_and_shows_nobody(town: Town) -> None:
    chats = [town.family(f"family {number}", district="浦东新区")[0] for number in range(12)]
    town.family("gone", reachable=False)
    town.mutes(chats[0])
    rule = AudienceRule(districts=("浦东新区",))
    seen = preview(town.database, KEYS, "announcements", rule, town.clock.today(), town.attended, "seed")
    assert (seen.size, seen.left_out) == (11, {"muted": 1})
    assert len(seen.sample) == 5
    assert {(one.district, one.months, one.language, one.channel) for one in seen.sample} == {
        ("浦东新区", 8, "zh", "telegram")
    }
    assert "小宝" not in str(seen)
    assert not [chat for chat in chats if chat in str(seen)]
    again = preview(town.database, KEYS, "announcements", rule, town.clock.today(), town.attended, "seed")
    assert again == seen
    everyone = preview(town.database, KEYS, "announcements", AudienceRule(), town.clock.today(), town.attended)
    assert everyone.left_out == {"muted": 1, "unreachable": 1}


def test_the_audience_is_frozen_at_the_start(town: Town) -> None:
    town.families(3)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(town.clock.now())
    late = town.family("late")[0]
    finish(town, announcement_id, hand)
    assert late not in {chat for chat, _ in hand.sent}
    assert counted(town, announcement_id) == Tally(3, sent=3)


def test_an_audience_above_the_limit_at_the_start_goes_back_to_a_second_person(town: Town) -> None:
    town.families(4)
    announcement_id, hand = town.started(size=2), Hand(town)
    town.announcing(largest_alone=3).tend(town.clock.now())
    assert state(town, announcement_id) == "awaiting_second_person"
    town.announcing(largest_alone=3).tend(town.clock.now())
    hand.sends()
    assert hand.sent == []
    with town.database.transaction() as session:
        assert not session.exec(select(RecipientRow)).all()
        with pytest.raises(Refusal, match="same_person"):
            confirm(session, announcement_id, "Li", 4, town.clock.now())
    with town.database.transaction() as session:
        confirm(session, announcement_id, "Wang", 4, town.clock.now())
    for _ in range(4):
        town.announcing(largest_alone=3).tend(town.clock.now())
        hand.sends()
    assert len(hand.sent) == 4
    assert counted(town, announcement_id) == Tally(4, sent=4)
