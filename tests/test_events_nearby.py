"""Events by distance, in both channels' ways: a location that is sent, a street or a place that is named; and what narrows
a list. The location is used for one answer and left nowhere."""

from datetime import timedelta
from itertools import count

import pytest
from aiogram.types import Update
from fastapi.testclient import TestClient
from sqlmodel import SQLModel

from bot.channels.aiogram_updates import inbound_of
from bot.channels.web_chat import create_app
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.events.event_view import WEEKS_SHOWN, EventView, view_of
from bot.messages import MOST_BUTTON_BYTES, Inbound
from bot.questions.asking import Asking
from bot.rendered import RenderedReply
from index.manifest import Manifest
from knowledge.near_places import place_of_host
from knowledge.places import Place
from tests.booking_parents import with_child, with_english_child
from tests.conftest import KEYS, FixedClock
from tests.event_builders import START, an_event
from tests.place_builders import a_place
from tests.talk import Parent

MANIFEST = Manifest(0, "", "", 0, 0, 0, 0, "", "", {})
HUAMU = (31.21, 121.54)
FROM_PENGPU = (31.3011, 121.4522)
PLACES = (
    a_place("花木指导站", district="浦东新区", street="花木街道", latitude="31.21", longitude="121.54"),
    a_place("静安指导站", street="南京西路街道", latitude="31.23", longitude="121.45"),
    a_place("彭浦指导站", street="彭浦镇", latitude="31.30", longitude="121.45"),
    a_place("没量过的站", district="徐汇区", street="田林街道", latitude="", longitude=""),
)


@pytest.fixture
def parent(database: Database, quick_asking: Asking, clock: FixedClock) -> Parent:
    return Parent(Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, places=PLACES))


@pytest.fixture
def town(database: Database) -> Database:
    """One event with each host this week, one next week, one for elder children, one in English."""
    an_event(database, code="a", title_zh="花木的课")
    an_event(database, code="b", title_zh="静安的课", host="静安指导站", district="静安区", place="某路1号")
    an_event(
        database, code="c", title_zh="彭浦的课", title_en="Pengpu class", host="彭浦", district="静安区", place="某路",
        language="both",
    )  # fmt: skip
    an_event(database, code="d", title_zh="田林的课", host="没量过的站", district="徐汇区", place="另一条路")
    an_event(database, code="e", title_zh="大孩子的课", host="彭浦指导站", months_from=24, months_to=36)
    later = START + timedelta(days=7)
    an_event(
        database, code="f", title_zh="下周的课", host="彭浦指导站", starts_at=later, ends_at=later + timedelta(hours=1)
    )
    return database


def order_of(heard: str, *titles: str) -> list[str]:
    return sorted((title for title in titles if title in heard), key=heard.index)


TITLES = ("花木的课", "静安的课", "彭浦的课", "田林的课")


def test_a_location_orders_events_by_the_way_to_their_host(parent: Parent, town: Database) -> None:
    with_child(parent).says("/events").presses("离我近的")
    assert "不会记下来" in parent.heard
    parent.is_at(*FROM_PENGPU)
    assert order_of(parent.heard, *TITLES) == ["彭浦的课", "静安的课", "花木的课", "田林的课"]
    assert "离您近的活动（这7天）" in parent.heard
    assert "还有20个位子，约250米（直线）" in parent.heard
    assert "还有20个位子，远近没登记" in parent.heard
    assert "按豆豆那天的月龄挑的" in parent.heard
    assert "大孩子的课" not in parent.heard


def test_the_location_is_left_nowhere_and_asked_for_again(parent: Parent, town: Database) -> None:
    with_child(parent).says("/events").presses("离我近的")
    parent.presses_data("event:near:0")
    assert "位置没有记下来" not in parent.heard, "none was sent yet"
    parent.is_at(*FROM_PENGPU)
    with town.transaction() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.execute(table.select()).all():
                assert not any("31.301" in str(value) or "121.452" in str(value) for value in row), table.name
    parent.presses("后一周")
    assert "位置没有记下来" in parent.heard
    parent.is_at(*FROM_PENGPU)
    assert "第2周" in parent.heard
    assert "下周的课" in parent.heard


def test_the_same_in_the_browser_and_in_telegram(parent: Parent, town: Database) -> None:
    """By the calls of the page, and by the updates of Telegram."""
    with TestClient(create_app(parent.conversation, town, MANIFEST)) as client:
        client.get("/")

        def page(kind: str, content: str) -> dict:
            call = {"id": f"number-{next(numbers)}", "kind": kind, "content": content, "language": "zh"}
            (reply,) = client.post("/api/messages", json=call).json()["replies"]
            return reply

        def data_of(reply: dict, label: str) -> str:
            return next(one["data"] for row in reply["buttons"] for one in row if label in one["label"])

        numbers = count()
        asked = page("button", data_of(page("text", "/events"), "离我近的"))
        by_page = page("location", ",".join(map(str, FROM_PENGPU)))
        assert data_of(asked, "换个区")

    def telegram(**sent) -> RenderedReply:
        chat = {"id": 5, "type": "private"}
        message = {
            "message_id": 1,
            "date": 0,
            "chat": chat,
            "from": {"id": 5, "is_bot": False, "first_name": "x", "language_code": "zh-hans"},
        }
        update = Update.model_validate({"update_id": next(numbers), "message": {**message, **sent}})
        (reply,) = parent.conversation.handle(inbound_of(update))
        return reply

    listed = telegram(text="/events")
    near = next(one.data for row in listed.buttons for one in row if one.label == "离我近的")
    parent.conversation.handle(Inbound("telegram", "5", "pressed", "button", near))
    by_telegram = telegram(location={"latitude": FROM_PENGPU[0], "longitude": FROM_PENGPU[1]})
    for heard in ("\n".join(line["text"] for line in by_page["lines"]), by_telegram.plain_text):
        assert order_of(heard, *TITLES) == ["彭浦的课", "静安的课", "花木的课", "田林的课"]
    for labels in (
        [one["label"] for row in by_page["buttons"] for one in row],
        [one.label for row in by_telegram.buttons for one in row],
    ):
        assert {"后一周", "只看中文讲的", "换个区"} <= set(labels)


def test_a_street_or_a_place_that_is_named_does_as_well_and_stays(parent: Parent, town: Database) -> None:
    with_child(parent).says("/events").presses("离我近的").says("彭浦镇")
    assert order_of(parent.heard, *TITLES)[0] == "彭浦的课"
    assert "离彭浦镇近的活动" in parent.heard
    parent.presses("后一周")
    assert "下周的课" in parent.heard
    parent.presses("前一周").presses("不限月龄")
    assert "大孩子的课" in parent.heard
    parent.presses("只看合适的").says("静安指导站")
    assert order_of(parent.heard, *TITLES)[0] == "静安的课"


def test_what_it_does_not_know_it_says_kindly(parent: Parent, town: Database) -> None:
    with_child(parent).says("/events").presses("离我近的").says("月亮湾")
    assert "没认出是哪儿" in parent.heard
    parent.says("徐汇")
    assert order_of(parent.heard, *TITLES) == ["田林的课"], "a district without positions is listed as a district"
    parent.says("/events").presses("离我近的").says("田林街道")
    assert order_of(parent.heard, *TITLES) == ["田林的课"]
    parent.says("/events").presses("离我近的").is_at(48.1, 11.5)
    assert "离上海很远" in parent.heard
    parent.says("宝宝便秘怎么办？")
    assert "便秘" in parent.heard, "a question in between is answered"


def test_a_register_without_positions_cannot_tell_distances(
    database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    bare = Parent(Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, places=PLACES[3:]))
    with_child(bare).says("/events").presses("离我近的").is_at(*HUAMU)
    assert "都还没登记位置" in bare.heard


def test_a_location_without_that_question_still_finds_service_points(parent: Parent, town: Database) -> None:
    with_child(parent).says("/events").is_at(*FROM_PENGPU)
    assert "离您最近的" in parent.heard


def test_filters_in_english(database: Database, quick_asking: Asking, clock: FixedClock, town: Database) -> None:
    conversation = Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, places=PLACES)
    mother = with_english_child(Parent(conversation, "mother", "en")).says("/events")
    assert "Chosen for the age on the day: Mia" in mother.heard
    assert "Held in Chinese" in mother.heard
    mother.presses("Only in English")
    assert "Pengpu class" in mother.heard
    assert "First foods" not in mother.heard
    mother.presses("All ages").presses("Near me").is_at(*FROM_PENGPU)
    assert "Events near you, the nearest first (next 7 days)" in mother.heard
    assert "seats free: 20, about 250 m (straight line)" in mother.heard
    assert "First foods" not in mother.heard, "the filter stays"
    mother.presses("Any language")
    assert "was not kept" in mother.heard


@pytest.mark.parametrize(
    "view",
    [
        EventView(),
        EventView(7, "city", "en", all_ages=True),
        EventView(spoken="zh"),
        EventView(3, "pudong"),
        EventView(all_ages=True),
    ],
)
def test_a_view_is_the_same_after_a_buttons_data(view: EventView) -> None:
    assert view_of(view.data) == view
    assert len(f"event:places:{view.data}") <= MOST_BUTTON_BYTES


@pytest.mark.parametrize("data", ["", "x", "-1", "999", "1:mars:fr:some", ":::::", "0:"])
def test_strange_data_shows_an_ordinary_list(data: str) -> None:
    view = view_of(data)
    assert 0 <= view.week < WEEKS_SHOWN
    assert (view.where, view.spoken, view.all_ages) == ("", "", False)


def test_a_host_is_one_place_of_the_register_or_none() -> None:
    def host(name: str, district: str = "静安区", at: str = "") -> Place | None:
        return place_of_host(PLACES, name, district, at)

    assert host("彭浦指导站") == PLACES[2]
    assert host("静安区彭浦指导站（二楼）") == PLACES[2]
    assert host("指导站") is None, "two of them: not certain"
    assert host("某公司", "浦东新区", "某路1号3楼") == PLACES[0], "by the address"
    assert host("某公司", "浦东新区", "别处") is None
