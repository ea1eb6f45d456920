"""What a family says shall go is gone: from every table, and from the bytes of the database file."""

import json
import re
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from bot.conversation.conversation import Conversation
from bot.conversation.deliveries import DeliveryRow
from bot.database import Database
from bot.events.event_rows import EventRow
from bot.messages import Inbound
from bot.outreach.announcement import Tally
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow, RecipientRow
from bot.questions.asking import Asking
from tests.announce_town import Hand, Town
from tests.announce_words import hidden
from tests.conftest import KEYS, FixedClock
from tests.counselling import answers, post, tickets
from tests.event_builders import an_event
from tests.talk import Parent


def everything(database: Database) -> str:
    with database.engine.connect() as connection:
        rows = [str(row) for table in SQLModel.metadata.sorted_tables for row in connection.execute(table.select())]
    return "\n".join(rows)


def file_bytes(database: Database) -> bytes:
    """Everything that lies on the disk for an SQLite database, its journal included."""
    file = Path(database.engine.url.database)
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


@pytest.fixture
def conversation(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(any_database, quick_asking, clock, b"secret", KEYS)


def with_child(parent: Parent, nickname: str = "豆豆苗", born: str = "2026-3-24") -> Parent:
    parent.says("/children")
    if "同意：用月龄回答" in parent.labels:
        parent.presses("同意：用月龄")
    return parent.presses("加一个宝宝").says(nickname).says(born).presses("足月")


def keys_and_seals(database: Database) -> set[str]:
    """Hidden addresses, ids and sealed texts: what must not be left either. The process's own number is nobody's."""
    with database.transaction() as session:
        owners = set(session.exec(select(DeliveryRow.owner)).all())
    return set(re.findall(r"[0-9a-f]{16,32}|1\.[0-9a-f]{8}\.[\w=-]+", everything(database))) - owners


def test_erasing_one_child_leaves_nothing_of_it(conversation: Conversation, any_database: Database) -> None:
    mother = Parent(conversation, "mother")
    mother.says("豆豆苗便秘怎么办")
    with_child(mother, "大宝", "2024-1-1")
    kept = keys_and_seals(any_database)
    with_child(mother)
    mother.says("豆豆苗便秘怎么办").says("/children").presses("豆豆苗").presses("删掉这个宝宝")
    assert "找不回来" in mother.heard
    assert "豆豆苗" in mother.heard
    of_the_child = {seal for seal in keys_and_seals(any_database) - kept if seal.startswith("1.")}
    mother.presses("删掉豆豆苗")
    assert "都删好了" in mother.heard
    left = everything(any_database)
    assert "豆豆苗" not in left
    assert not [seal for seal in of_the_child if seal in left]
    mother.says("/children")
    assert "豆豆苗" not in mother.heard
    assert "大宝" in mother.heard


def test_keeping_a_child_after_all_changes_nothing(conversation: Conversation) -> None:
    mother = with_child(Parent(conversation, "mother"))
    mother.says("/children").presses("豆豆苗").presses("删掉这个宝宝").presses("不删")
    assert "豆豆苗" in mother.heard


def test_forget_takes_the_whole_family_along(conversation: Conversation, any_database: Database) -> None:
    other = with_child(Parent(conversation, "other"), "别家宝")
    before = keys_and_seals(any_database)
    mother, aunt = Parent(conversation, "mother"), Parent(conversation, "aunt")
    with_child(mother).says("便秘怎么办").says("/invite").presses("只看")
    aunt.says(re.search(r"QH-\w{5}-\w{5}", mother.heard)[0])
    aunts = keys_and_seals(any_database)
    mother.says("/children").presses("再加一个宝宝").says("二宝").says("2025-1-1")
    mother.says("/forget")
    assert "宝宝的资料也会删掉：豆豆苗" in mother.heard
    assert "还有1位家人" in mother.heard
    mothers = keys_and_seals(any_database) - before
    mother.presses("删掉")
    assert "都删好了" in mother.heard
    left = keys_and_seals(any_database)
    still = {trace for trace in mothers & left if trace not in aunts or len(trace) != 32}
    assert not still
    aunt.says("/children")
    assert "豆豆苗" not in aunt.heard
    assert "别家宝" in other.says("/children").heard


def test_forget_of_a_helper_leaves_the_family_of_others(conversation: Conversation) -> None:
    mother, aunt = Parent(conversation, "mother"), Parent(conversation, "aunt")
    with_child(mother).says("/invite").presses("一起照看")
    aunt.says(re.search(r"QH-\w{5}-\w{5}", mother.heard)[0])
    aunt.says("/forget")
    assert "您会退出一起看的家" in aunt.heard
    aunt.presses("删掉")
    assert "豆豆苗" in mother.says("/children").heard
    mother.presses("谁在一起看")
    assert "一位已离开的家人 加入了" in mother.heard


def test_nothing_is_left_in_the_bytes_of_the_file(database: Database, quick_asking: Asking, clock: FixedClock) -> None:
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS)
    mother = Parent(conversation, "mother")
    for number in range(30):
        mother.says(f"很特别的词语{number} 便秘怎么办")
    with_child(mother).says("/export")
    mothers = keys_and_seals(database)
    assert "很特别的词语".encode() in file_bytes(database)
    assert any(trace.encode() in file_bytes(database) for trace in mothers)
    mother.says("/forget").presses("删掉")
    conversation.purge()
    left = file_bytes(database)
    assert "很特别的词语".encode() not in left
    assert "豆豆苗".encode() not in left
    assert not [trace for trace in mothers if trace.encode() in left]


def test_without_overwriting_the_file_would_still_show_it(
    tmp_path: Path, quick_asking: Asking, clock: FixedClock
) -> None:
    """The guard off: so the test above sees what it says."""
    database = Database(f"sqlite:///{tmp_path}/careless.sqlite3")
    database.upgrade()
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS)
    database.wipe_traces = lambda: None
    mother = Parent(conversation, "mother").says("很特别的词语 便秘怎么办").says("/forget").presses("删掉")
    assert "都删好了" in mother.heard
    assert "很特别的词语".encode() in file_bytes(database)


def test_my_data_is_readable_and_can_be_taken_along(conversation: Conversation, any_database: Database) -> None:
    mother = with_child(Parent(conversation, "mother")).says("便秘怎么办").says("/mydata")
    for word in ("豆豆苗", "2026年3月24日", "监护人", "用月龄回答", "问过的问题：1条"):
        assert word in mother.heard
    mother.presses("拿一份文件")
    file = mother.replies[0].attachment
    copied = json.loads(file.content)
    assert file.name == "qihui-my-data.json"
    assert copied["families"][0]["children"][0]["nickname"] == "豆豆苗"
    assert copied["families"][0]["consents"][0]["purpose"] == "answers"
    assert [change["what"] for change in copied["families"][0]["changes"]][-1] == "consent_given"
    assert copied["questions"][0]["text"] == "便秘怎么办"
    assert not re.search(r"[0-9a-f]{16,}", file.content.decode()), "no id and no hidden address leaves the house"


def test_my_data_in_english(conversation: Conversation) -> None:
    mother = Parent(conversation, "mother", "en")
    mother.says("/children").presses("Agree: age").presses("Add a child").says("Mia").says("March 24, 2026")
    mother.presses("At term").says("/mydata")
    for word in ("Mia: born 24 March 2026, 8 months", "You are: guardian", "Agreed to: age in answers"):
        assert word in mother.heard
    mother.says("/export")
    assert json.loads(mother.replies[0].attachment.content)["families"][0]["my_role"] == "guardian"


def test_someone_of_whom_little_is_kept_sees_that(conversation: Conversation) -> None:
    someone = Parent(conversation, "someone").says("/mydata")
    assert "问过的问题：0条" in someone.heard


def test_no_plain_word_about_a_child_lies_in_any_table(conversation: Conversation, any_database: Database) -> None:
    mother = Parent(conversation, "mother")
    mother.says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆苗").says("2026-3-24")
    assert "豆豆苗" not in everything(any_database), "neither in the draft"
    mother.presses("足月").presses("附近的服务").says("浦东").says("花木街道")
    mother.says("豆豆苗便秘怎么办")
    left = everything(any_database)
    for word in ("豆豆苗", "2026-03-24", "浦东", "花木"):
        assert word not in left


def test_an_answer_that_waits_to_be_sent_is_sealed(conversation: Conversation, any_database: Database) -> None:
    with_child(Parent(conversation, "mother"))
    conversation.handle(Inbound("test", "mother", "waiting", "text", "/children"))
    assert "豆豆苗" not in everything(any_database)


def test_logs_hold_no_word_about_a_child(conversation: Conversation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with_child(Parent(conversation, "mother")).says("豆豆苗便秘怎么办").says("/mydata").says("/forget").presses("删掉")
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    assert "豆豆苗" not in logged
    assert "2026-03-24" not in logged


def test_nothing_of_the_calendar_is_left_in_any_table(conversation: Conversation, any_database: Database) -> None:
    before = keys_and_seals(any_database)
    conversation._public_url = "https://qihui.example.org"
    mother = Parent(conversation, "mother").says("/children").presses("同意：日子和提醒").presses("加一个宝宝")
    mother.says("豆豆苗").says("2026-3-24").presses("足月").presses("想看生长曲线").presses("女孩")
    mother.says("/calendar").presses("记打过的").says("乙肝 3月24日 4月24日").presses("都对")
    mother.says("/calendar").presses("6月龄体检" if "6月龄体检" in mother.labels else "剂").presses("今天做好了")
    mother.says("/growth").says("8.5kg 70cm").says("/milestones").presses("对一对")
    while "说不准" in mother.labels:
        mother.presses("没有")
    mother.says("/calendar").presses("放进手机日历").presses("开链接，带小名")
    left = everything(any_database)
    for word in ("HepB", "乙肝", "8.5", "豆豆苗", "2026-03-24", "2026-04-24"):
        assert word not in left
    mothers = keys_and_seals(any_database) - before
    mother.says("/forget").presses("删掉")
    conversation.purge()
    assert not mothers & keys_and_seals(any_database)


@pytest.mark.parametrize("way", ["the child", "everything"])
def test_what_another_had_half_typed_about_an_erased_child_goes_too(
    conversation: Conversation, any_database: Database, way: str
) -> None:
    mother, aunt = Parent(conversation, "mother"), Parent(conversation, "aunt")
    mother.says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆苗").says("2026-3-24").presses(
        "足月"
    )
    aunt.says(re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("一起照看").heard)[0])
    aunt.says("疫苗,日期\n乙肝,2026-03-24")
    unsent = Inbound("test", "aunt", "never sent", "text", "/calendar", "zh")
    assert conversation.handle(unsent)
    aunt.says("疫苗,日期\n乙肝,2026-03-24")
    assert "都对，记下" in aunt.labels
    if way == "everything":
        mother.says("/forget").presses("删掉")
    else:
        mother.says("/children").presses("豆豆苗").presses("删掉这个宝宝").presses("删掉豆豆苗")
    with any_database.transaction() as session:
        assert (
            session.connection().exec_driver_sql("SELECT count(*) FROM conversation WHERE step IS NOT NULL").scalar()
            == 0
        )
        left = "SELECT count(*) FROM delivery WHERE replies IS NOT NULL AND sent_at IS NULL"
        assert session.connection().exec_driver_sql(left).scalar() == 0
    assert "过期了" in aunt.presses("都对，记下").heard


def test_nothing_of_a_booking_is_left_in_any_table(conversation: Conversation, any_database: Database) -> None:
    event = an_event(any_database)
    before = keys_and_seals(any_database)
    mother = Parent(conversation, "mother")
    mother.says("/children").presses("同意：用月龄").presses("同意：报名活动").presses("加一个宝宝").says("豆豆苗")
    mother.says("2026-4-20").presses("足月").says("/events").presses("报名1").presses("确认报名")
    left = everything(any_database)
    for word in ("豆豆苗", "2026-04-20"):
        assert word not in left
    mothers = keys_and_seals(any_database) - before
    mother.says("/forget").presses("删掉")
    conversation.purge()
    assert not mothers & keys_and_seals(any_database)
    with any_database.transaction() as session:
        assert session.get(EventRow, event).taken == 0


def test_an_announcement_keeps_its_count_and_forgets_who_it_was(
    conversation: Conversation, any_database: Database, clock: FixedClock
) -> None:
    mother = Parent(conversation, "mother")
    before = keys_and_seals(any_database)
    mother.says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆苗").says("2026-3-24")
    mother.presses("足月").says("/consent").presses("同意：社区通知")
    town = Town(any_database, clock)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(clock.now())
    town.announcing().tend(clock.now())
    hand.sends()
    assert len(hand.sent) == 1
    mothers = keys_and_seals(any_database) - before - {announcement_id, hidden("staff")}
    assert hand.sent[0][0] in mothers
    mother.says("/forget").presses("删掉")
    conversation.purge()
    left = keys_and_seals(any_database)
    assert hand.sent[0][0] not in left
    with any_database.transaction() as session:
        row = session.get_one(AnnouncementRow, announcement_id)
        assert tally(session, row) == Tally(1, sent=1)
        assert session.exec(select(RecipientRow.family_id)).all() == [None]


def test_nothing_of_a_ticket_is_left_in_any_table_and_no_word_of_it_in_a_log(
    conversation: Conversation, any_database: Database, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    before = keys_and_seals(any_database)
    mother = Parent(conversation, "mother").says("/ask").says("长颈鹿病了三天").presses("同意，发给")
    answers(any_database, clock, tickets(any_database)[0], "河马的回答")
    post(any_database, clock)
    for word in ("长颈鹿", "河马"):
        assert word not in everything(any_database), "sealed"
        assert word not in "\n".join(record.getMessage() for record in caplog.records)
    assert "请人回答的问题：1个" in mother.says("/mydata").heard
    copied = json.loads(mother.presses("拿一份文件").replies[0].attachment.content)
    [ticket] = copied["questions_to_people"]
    assert [one["text"] for one in ticket["messages"]] == ["长颈鹿病了三天", "河马的回答"]
    mothers = keys_and_seals(any_database) - before
    mother.says("/forget").presses("删掉")
    conversation.purge()
    assert not mothers & keys_and_seals(any_database)
