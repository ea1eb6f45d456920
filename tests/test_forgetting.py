"""What we keep of a family is little, hidden, and gone when they say so: every table is searched for leftovers."""

from sqlmodel import SQLModel, select

from bot.conversation.conversation import Conversation
from bot.conversation.session import ConversationRow
from bot.database import Database
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


def everything(database: Database) -> str:
    with database.engine.connect() as connection:
        rows = [str(row) for table in SQLModel.metadata.sorted_tables for row in connection.execute(table.select())]
    return "\n".join(rows)


def test_forget_leaves_nothing_of_a_chat_in_any_table(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = Conversation(any_database, quick_asking, clock, b"secret", KEYS)
    family, other = Parent(conversation, "family-7"), Parent(conversation, "other-8")
    other.says("另一家的问题 宝宝便秘")
    before = everything(any_database)
    family.says("我家发烧的事 8个月")
    family.says("换成英文")
    with any_database.transaction() as session:
        keys = {row.chat_key for row in session.exec(select(ConversationRow)).all()}
    assert len(keys) == 2
    family.says("/forget").presses("Delete")
    assert "All deleted" in family.heard or "都删好了" in family.heard
    left = everything(any_database)
    assert "发烧的事" not in left
    assert "另一家的问题" in left
    gone = [key for key in keys if key not in before]
    with any_database.transaction() as session:
        assert session.exec(select(QuestionRow).where(QuestionRow.chat_key == gone[0])).all() == []
        assert session.get(ConversationRow, gone[0]) is None


def test_forget_asks_first_and_no_keeps_everything(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    family = Parent(Conversation(any_database, quick_asking, clock, b"secret", KEYS))
    family.says("宝宝发烧的事").says("/forget").presses("不删")
    assert "没有删" in family.heard
    assert "发烧的事" in everything(any_database)


def test_no_table_holds_an_address_a_name_or_a_number(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    family = Parent(Conversation(any_database, quick_asking, clock, b"secret", KEYS), "chat-998877")
    family.says("我叫王小明 电话13812345678 宝宝发烧怎么办")
    kept = everything(any_database)
    assert "998877" not in kept
    assert "王小明" not in kept
    assert "13812345678" not in kept


def test_logs_hold_no_words_of_a_parent(
    any_database: Database, quick_asking: Asking, clock: FixedClock, caplog
) -> None:
    caplog.set_level("DEBUG")
    Parent(Conversation(any_database, quick_asking, clock, b"secret", KEYS)).says("秘密的发烧问题")
    assert "秘密" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
