"""Service points: the nearest first, what a family types is understood, a position is used once and left nowhere."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from bot.channels.aiogram_updates import inbound_of
from bot.conversation.conversation import Conversation
from bot.conversation.router import CannotRead, Located, route
from bot.database import Database
from bot.events.map_link import map_link
from bot.messages import Inbound
from bot.questions.asking import Asking
from knowledge.load import Shipped
from knowledge.near_places import Position, matching, metres_between, nearest, read_wish, served_places
from tests.conftest import KEYS, FixedClock
from tests.place_builders import a_place
from tests.talk import Parent

points = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))


PLACES = (
    a_place("甲站"),
    a_place("乙站", street="彭浦镇", latitude="31.30", verified_on="2026-08-01", phone="", hours=""),
    a_place("丙中心", kind="clinic", district="浦东新区", street="花木街道", address="花木路9号", longitude="121.55"),
    a_place("丁园", kind="nursery", district="浦东新区", street="花木街道", latitude="", longitude=""),
)


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS, places=PLACES)


@given(points, points)
def test_a_way_is_as_long_back_and_never_longer_than_half_the_earth(one: Position, other: Position) -> None:
    there = metres_between(one, other)
    assert there == pytest.approx(metres_between(other, one), abs=1e-3)
    assert 0 <= there <= 20_015_100
    assert metres_between(one, one) == 0


def test_a_known_distance() -> None:
    """People's Square to Lujiazui, about 2.8 km on any map."""
    assert metres_between(Position(31.2304, 121.4737), Position(31.2397, 121.4998)) == pytest.approx(2690, abs=60)


def test_the_nearest_comes_first_and_places_without_a_position_are_left_out() -> None:
    stations = nearest(PLACES, Position(31.29, 121.45), "station")
    assert [one.place.name for one in stations] == ["乙站", "甲站"]
    assert [one.place.name for one in nearest(PLACES, Position(31.23, 121.45), None)] == ["甲站", "丙中心"]
    assert nearest(PLACES, Position(31.23, 121.45), "nursery") == []


@pytest.mark.parametrize(
    ("text", "kind", "district", "street", "name"),
    [
        ("静安区", None, "静安区", None, None),
        ("静安的指导站在哪", "station", "静安区", None, None),
        ("浦东花木有托育吗", "nursery", "浦东新区", "花木街道", None),
        ("彭浦镇附近的社区医院", "clinic", None, "彭浦镇", None),
        ("花木路", None, None, "花木街道", None),
        ("某路", None, None, None, "某路"),
        ("丁园", None, None, None, "丁园"),
        ("Nursery in Pudong", "nursery", "浦东新区", None, None),
        ("a clinic near Jing'an please", "clinic", "静安区", None, None),
        ("community health centre", "clinic", None, None, None),
        ("不知道的地方", None, None, None, None),
        ("附近", None, None, None, None),
    ],
)
def test_what_a_family_types_is_read(
    text: str, kind: str | None, district: str | None, street: str | None, name: str | None
) -> None:
    wish = read_wish(text, PLACES)
    assert (wish.kind, wish.district, wish.street, wish.name) == (kind, district, street, name)


def test_a_street_brings_its_district_with_the_street_first() -> None:
    assert [one.place.name for one in matching(PLACES, read_wish("彭浦镇", PLACES))] == ["乙站", "甲站"]


def test_a_map_link_needs_no_key_and_says_which_grid() -> None:
    assert map_link(PLACES[0]).startswith("https://uri.amap.com/marker?position=121.45,31.23&name=")
    assert "coordinate=wgs84" in map_link(PLACES[0])
    assert map_link(PLACES[3]).startswith("https://uri.amap.com/search?keyword=")


def test_samples_are_served_in_demonstrations_only(shipped: Shipped) -> None:
    assert served_places(shipped.places, demo=False) == ()
    assert len(served_places(shipped.places, demo=True)) == 4
    assert served_places(PLACES, demo=False) == PLACES


@pytest.mark.parametrize(
    "content", ["", "31.2", "here", "91,0", "0,181", "nan,nan", "1e1,2", "31.2,121.4,3", "３1,121"]
)
def test_a_malformed_location_is_said_and_nothing_breaks(content: str, conversation: Conversation) -> None:
    assert route(Inbound("t", "c", "1", "location", content), choices_open=False) == CannotRead("unknown.location")
    assert route(Inbound("t", "c", "1", "location", "31.2,121.4"), choices_open=False) == Located(Position(31.2, 121.4))


def test_a_telegram_location_and_a_venue_arrive_as_locations() -> None:
    from aiogram.types import Update

    chat = {"id": 5, "type": "private"}
    person = {"id": 5, "is_bot": False, "first_name": "A", "language_code": "zh-hans"}
    where = {"latitude": 31.23, "longitude": 121.45}
    for sent in ({"location": where}, {"location": where, "venue": {"location": where, "title": "x", "address": "y"}}):
        message = {"message_id": 1, "date": 0, "chat": chat, "from": person, **sent}
        inbound = inbound_of(Update.model_validate({"update_id": 1, "message": message}))
        assert (inbound.kind, inbound.content) == ("location", "31.23,121.45")


def test_a_location_finds_the_nearest_with_all_that_is_needed(conversation: Conversation) -> None:
    parent = Parent(conversation).says("/places")
    assert "不会记下来" in parent.heard
    parent.is_at(31.235, 121.45)
    for word in (
        "甲站",
        "科学育儿指导站",
        "静安区南京西路街道某路1号",
        "约550米",
        "021-1",
        "周一至周五",
        "2026年11月1日核实过",
        "uri.amap.com/marker",
    ):
        assert word in parent.heard
    assert "乙站" not in parent.heard
    parent.presses("科学育儿指导站") if "科学育儿指导站" in parent.labels else parent.says("/places").presses(
        "科学育儿指导站"
    )
    parent.is_at(31.29, 121.45)
    assert parent.heard.index("乙站") < parent.heard.index("甲站")
    assert "丙中心" not in parent.heard


def test_an_address_checked_long_ago_says_to_call_12345(conversation: Conversation) -> None:
    parent = Parent(conversation).says("/places").says("彭浦镇")
    assert "2026年8月1日核实的，过了90天没再核实。去之前请打12345确认" in parent.heard
    assert "电话：没有登记" in parent.heard
    assert "时间：没有登记" in parent.heard


def test_a_district_by_a_button_then_another_kind_then_a_question(conversation: Conversation) -> None:
    parent = Parent(conversation).says("附近").presses("浦东新区")
    assert "丙中心" in parent.heard
    assert "丁园" in parent.heard
    parent.presses("托育点").presses("浦东新区")
    assert "丁园" in parent.heard
    assert "丙中心" not in parent.heard
    parent.says("宝宝便秘怎么办？")
    assert "还没" in parent.heard or "接着" in parent.heard, "answered, and the search is offered again"
    parent.says("/places").presses("崇明区")
    assert "没有核实过的点" in parent.heard
    parent.says("火星大道")
    assert "没认出是哪儿" in parent.heard
    parent.presses("不找了")


def test_in_english(conversation: Conversation) -> None:
    parent = Parent(conversation, "en", "en").says("/places")
    assert "used once" in parent.heard
    parent.says("a clinic in Pudong")
    for word in ("丙中心", "Community health centre", "Phone: 021-1", "Verified on 1 November 2026", "Map: https://"):
        assert word in parent.heard
    parent.is_at(31.235, 121.45)
    assert "about 9.5 km (straight line) from you" in parent.heard
    parent.says("/places").says("Jing'an")
    assert "Call 12345 to confirm" in parent.heard


def test_without_a_register_the_bot_says_so_and_where_to_ask(
    database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS)
    for parent, words in (
        (Parent(conversation, "zh"), ("还没有核实过的名单", "12345", "区教育局")),
        (Parent(conversation, "en", "en"), ("no verified list", "12345", "education bureau")),
    ):
        for _ in (parent.says("/places"), parent.is_at(31.2, 121.4)):
            assert all(word in parent.heard for word in words)


def test_an_answer_about_a_service_shows_what_fits(conversation: Conversation) -> None:
    parent = Parent(conversation).says("静安区的科学育儿指导站在哪里")
    assert "出处" in parent.heard
    assert "甲站" in parent.heard
    parent.says("附近的科学育儿指导站在哪、怎么去")
    assert "甲站" not in parent.heard
    parent.presses("找附近的").is_at(31.235, 121.45)
    assert "甲站" in parent.heard


def test_a_position_is_left_in_no_table_and_no_log(
    conversation: Conversation, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    parent = Parent(conversation).says("/places").is_at(31.23517, 121.45093)
    assert "甲站" in parent.heard
    with database.engine.connect() as connection:
        rows = [
            dict(row._mapping)
            for table in SQLModel.metadata.sorted_tables
            for row in connection.execute(table.select())
        ]
    left = json.dumps(rows, default=str)
    steps = [KEYS.open(row["step"], f"conversation\x1f{row['chat_key']}\x1fstep") for row in rows if row.get("step")]
    assert steps
    for words in (left, *steps, "\n".join(record.getMessage() for record in caplog.records)):
        assert "31.235" not in words
        assert "121.450" not in words


def test_a_place_is_fresh_for_ninety_days() -> None:
    assert PLACES[0].is_fresh(date(2027, 1, 30))
    assert not PLACES[0].is_fresh(date(2027, 1, 31))
