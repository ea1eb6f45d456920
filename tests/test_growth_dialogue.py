"""Numbers typed in the chat become words and a picture; what is doubtful is asked back first."""

from dataclasses import replace

import pytest

from bot.conversation import pictures
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.messages import Inbound
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    """A mother of a girl of 10 months."""
    mother = Parent(conversation).says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆")
    return mother.says("2026-01-15").presses("足月").presses("想看生长曲线").presses("女孩")


def picture(parent: Parent) -> bytes | None:
    file = parent.replies[0].attachment
    return None if file is None else file.content


def test_numbers_become_words_and_a_picture(parent: Parent) -> None:
    parent.says("/growth")
    assert "8.5kg 70cm 头围44" in parent.heard
    parent.says("8.5kg 70cm 头围44")
    assert "记好了：豆豆，2026年11月24日" in parent.heard
    assert "体重8.5公斤：100个一样大的女孩里" in parent.heard
    assert picture(parent).startswith(b"\x89PNG")
    assert parent.replies[0].attachment.media_type == "image/png"
    parent.says("生长曲线")
    assert "2026年11月24日：8.5公斤、身长70厘米、头围44厘米" in parent.heard
    parent.presses("看生长曲线")
    assert picture(parent).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("typed", "asked", "button"),
    [("体重17", "您写的是斤吗", "是8.5公斤"), ("体重85 身长70", "体重85公斤", "是8.5公斤")],
)
def test_a_slip_is_asked_back_and_mended_by_one_tap(parent: Parent, typed: str, asked: str, button: str) -> None:
    parent.says("/growth").says(typed)
    assert asked in parent.heard
    assert picture(parent) is None
    assert "还没有记过" in parent.says("/growth").heard or "8.5公斤" not in parent.heard
    parent.says(typed).presses(button)
    assert "体重8.5公斤" in parent.heard
    assert picture(parent)


def test_a_child_who_shrank_is_asked_about_and_the_family_can_confirm(parent: Parent) -> None:
    parent.says("/growth").says("10月1日 身长72").says("/growth").says("身长70")
    assert "比以前量的72厘米还小" in parent.heard
    parent.says("没写错")
    assert "记好了" in parent.heard


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("8.5 70 44", "没分清"),
        ("2027-01-01 8.5kg", "还没到"),
        ("2025-12-01 3kg", "出生以前"),
        ("2026-02-30 4kg", "没分清"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(parent: Parent, typed: str, said: str) -> None:
    parent.says("/growth").says(typed)
    assert said in parent.heard
    parent.says("8.5kg")
    assert "记好了" in parent.heard, "the question stays open"


def test_the_same_day_completes_and_a_measurement_is_taken_back(parent: Parent) -> None:
    parent.says("/growth").says("8.5kg").says("/growth").says("70cm")
    assert "2026年11月24日：8.5公斤、身长70厘米" in parent.says("/growth").heard
    parent.presses("看记录").presses("收回：2026年11月24日")
    assert "还没有记过" in parent.heard


def test_a_question_in_between_is_answered(parent: Parent) -> None:
    parent.says("/growth").says("发烧怎么护理")
    assert "刚才的还没填完" in parent.heard


def test_without_a_sex_it_is_asked_for(conversation: Conversation) -> None:
    mother = (
        Parent(conversation, "two").says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("米米")
    )
    mother.says("2026-01-15").presses("足月").says("/growth")
    assert "男孩还是女孩" in mother.heard
    mother.presses("想看生长曲线").presses("男孩").says("/growth").says("8.5kg")
    assert "男孩" in mother.heard


def test_a_child_born_early_sees_both_ages_in_english(conversation: Conversation) -> None:
    mother = Parent(conversation, "english", "en").says("/children").presses("Agree: dates and reminders")
    mother.presses("Add a child").says("Mia").says("15 January 2026").presses("Early").says("32")
    mother.presses("growth curves").presses("Girl").says("growth").says("weight 7.8 kg, height 67 cm")
    assert "corrected" in mother.heard
    assert "Noted: Mia, 24 November 2026." in mother.heard
    assert picture(mother).startswith(b"\x89PNG")


def test_the_picture_is_drawn_when_no_transaction_is_open(
    parent: Parent, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer gets its turn at once while the picture is drawn."""
    drew: list[str] = []

    def draws(values: str) -> bytes:
        with database.transaction():
            drew.append(values)
        return b"a picture"

    monkeypatch.setitem(pictures.DRAWINGS, "growth", draws)
    parent.says("/growth").says("8.5kg 70cm")
    assert picture(parent) == b"a picture"
    assert len(drew) == 1
    assert "豆豆" not in drew[0]


def test_words_go_out_without_a_picture_that_cannot_be_drawn(
    parent: Parent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_values: str) -> bytes:
        raise OSError

    monkeypatch.setitem(pictures.DRAWINGS, "growth", fails)
    parent.says("/growth").says("8.5kg 70cm")
    assert "记好了：豆豆" in parent.heard
    assert picture(parent) is None
    assert "could not be drawn (OSError)" in caplog.text
    parent.says("/growth")
    assert "8.5公斤" in parent.heard


def test_an_answer_that_was_lost_comes_back_with_its_picture(parent: Parent) -> None:
    parent.says("/growth")
    inbound = Inbound("test", parent.chat, "lost", "text", "8.5kg 70cm", "zh")
    first = parent.conversation.handle(inbound)
    again = parent.conversation.handle(replace(inbound, asked_again=True))
    assert again == first
    assert again[0].attachment.content.startswith(b"\x89PNG")
