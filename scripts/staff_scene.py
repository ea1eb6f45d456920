"""What the pictures of docs/staff-guide show: a small office with made-up questions, drafts, events and a ticket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlmodel import select

from bot.admin.page_call import House
from bot.admin.question_grouping import group_questions
from bot.admin.staff_accounts import by_login
from bot.audit_log import Audited
from bot.clock import SystemClock
from bot.conversation.conversation import Conversation
from bot.curation.drafting import open_draft, save_draft, send_to_review
from bot.curation.entry_form import Texts, form_of, text_of
from bot.curation.fit_book import begin_fit, end_fit, note_fitted
from bot.curation.kept_questions import keep_question
from bot.curation.revisions import texts_of
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.events.entries import Wish
from bot.events.seats import Party
from bot.events.waiting_list import join
from bot.outreach.announcements import create
from bot.outreach.audience_rule import AudienceRule
from bot.outreach.staff_chats import keep_staff_chats
from bot.questions.answer_policy import Answer, NoAnswer
from bot.questions.asking import Asking, Question
from bot.questions.question_log import QuestionRow, note_feedback, note_question
from bot.tickets.ticket_rows import TicketRow
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from knowledge.topics import Language
from tests.announce_town import Town, hidden
from tests.conftest import KEYS
from tests.event_builders import an_event, at, books
from tests.staff_browser import a_house, someone
from tests.talk import Parent

TOPIC = "care.teeth"
FAMILIES = 9

STAFF: dict[Language, tuple[tuple[str, str, str], ...]] = {
    "zh": (
        ("lin", "editor", "林老师"), ("chen", "reviewer", "陈医生"), ("wang", "administrator", "王主任"),
        ("zhou", "organiser", "周老师"), ("li", "counsellor", "李老师"),
    ),
    "en": (
        ("lin", "editor", "Lin Yue"), ("chen", "reviewer", "Dr Chen"), ("wang", "administrator", "Wang Min"),
        ("zhou", "organiser", "Zhou Ting"), ("li", "counsellor", "Li Na"),
    ),
}  # fmt: skip
QUALIFICATION: dict[Language, str] = {"zh": "儿童保健科主任医师", "en": "Chief physician, child health"}
EDIT: dict[Language, tuple[str, str]] = {
    "zh": ("第一颗牙冒出来就开始刷，早晚各一次，用米粒大小的含氟牙膏", "简答写短一点"),
    "en": (
        "Toothpaste for a baby: with fluoride, a grain of rice, morning and night from the first tooth",
        "A shorter first line",
    ),
}
UNWRITTEN: dict[Language, str] = {
    "zh": "第一次带宝宝坐飞机要准备什么",
    "en": "first flight with a baby, what to prepare",
}
POORLY: dict[Language, tuple[tuple[str, int, str], ...]] = {
    "zh": (
        ("宝宝刷牙用什么牙膏好", 7, TOPIC), ("一岁刷牙要不要牙膏", 4, TOPIC), ("疫苗本丢了去哪里补", 5, "vaccine.where-record"),
        ("晚上突然哭醒怎么哄", 3, "sleep.night-waking"), (UNWRITTEN["zh"], 6, ""), ("第一次带宝宝坐飞机要准备些什么", 2, ""),
    ),
    "en": (
        ("which toothpaste for a baby", 7, TOPIC), ("does a one year old need toothpaste", 4, TOPIC),
        ("lost the vaccination book, where to get a new one", 5, "vaccine.where-record"),
        ("wakes up crying at night", 3, "sleep.night-waking"), (UNWRITTEN["en"], 6, ""),
        ("first flight with a baby what should I prepare", 2, ""),
    ),
}  # fmt: skip
"""How parents asked, how often, and the topic that came nearest; none where the guide has none."""

USED = (
    ("health.fever", 61, 5), ("feeding.solids.start", 47, 1), ("care.teeth", 34, 11), ("sleep.night-waking", 29, 3),
    ("care.stool", 22, 0), ("feeding.picky", 18, 4), ("emotion.tantrum", 12, 1),
)  # fmt: skip
KEPT: dict[Language, str] = {"zh": POORLY["zh"][0][0], "en": POORLY["en"][0][0]}
"""A question kept to measure on, which the draft makes a wording."""
ASKED_OF_PEOPLE: dict[Language, str] = {
    "zh": "宝宝两岁了还不肯让我刷牙，一刷就哭，怎么办好",
    "en": "She won't open her mouth for the toothbrush. What can I do?",
}
NEWS = {
    "zh": "周六上午花木指导站有亲子游戏课，8到18个月的宝宝都能来，家长一起玩。",
    "en": "There is a play morning at the Huamu station on Saturday for babies of 8 to 18 months. Do come.",
}


@dataclass(frozen=True)
class Scene:
    """A house to take pictures of, and the ids that the addresses need."""

    house: House
    ids: Mapping[str, str]


def staged(folder: Path, language: Language, shipped: Shipped, sampled: Shipped, asking: Asking) -> Scene:
    """The office in one language, on a database of its own in `folder`."""
    clock = SystemClock("Asia/Shanghai")
    database = Database(f"sqlite:///{folder}/staff-{language}.sqlite3")
    database.upgrade()
    house = a_house(database, clock, sampled, asking, read_shipped_texts(DATA, shipped.guide))
    with database.transaction() as session:
        for login, role, name in STAFF[language]:
            someone(session, house, login, role, name)
        by_login(session, "chen").qualification = QUALIFICATION[language]
    _edit(house, language)
    _questions(house, language)
    _fits(house)
    ids = {"topic": TOPIC, "ticket": _ticket(house, asking, language)}
    ids |= {"event": _event(house), "announcement": _announcement(house)}
    return Scene(house, ids)


def _edit(house: House, language: Language) -> None:
    editor = Audited("lin", house.clock.now())
    sentence, note = EDIT[language]
    with house.database.transaction() as session:
        row = open_draft(session, editor, TOPIC)
        texts = _with_short_answer(texts_of(row), sentence, language)
        asked = f"wordings_{language}"
        texts = replace(texts, **{asked: f"{getattr(texts, asked).rstrip()}\n{KEPT[language]}\n"})
        row = save_draft(session, editor, row.id, row.version, texts, note)
        send_to_review(session, editor, row.id, row.version, [])
        open_draft(session, editor, "care.stool")


def _with_short_answer(texts: Texts, sentence: str, language: Language) -> Texts:
    form = form_of(texts.entry)
    heading = "## 简答" if language == "zh" else "## Short answer"
    lines = getattr(form, language).split("\n")
    stop = "。" if language == "zh" else "."
    lines[lines.index(heading) + 1] = f"{sentence}{stop} [@{form.sources[0][0]}]"
    return replace(texts, entry=text_of(replace(form, **{language: "\n".join(lines)})))


def _questions(house: House, language: Language) -> None:
    dice, now = Random(7), house.clock.now()
    asking = house.desk.asking(house.desk.living.current)
    with house.database.transaction() as session:
        for text, times, topic_id in POORLY[language]:
            outcome = replace(asking.ask(Question(text, language)), confidence=0.3, topic_ids=(topic_id,))
            if not topic_id:
                outcome = replace(outcome, verdict=NoAnswer("not_written"), topic_ids=())
            elif outcome.decision == "no_answer":
                outcome = replace(outcome, verdict=Answer(topic_id))
            for number in range(times):
                asked_at = now - timedelta(days=dice.randrange(26), hours=1)
                asked = note_question(session, outcome, f"chat{number}", "web", "made up", asked_at)
                if outcome.decision != "no_answer" and number % 2:
                    note_feedback(session, asked, f"chat{number}", helpful=False)
        by, wordings = Audited("lin", now), house.desk.shipped.guide.wordings[language]
        keep_question(session, by, KEPT[language], language, None, TOPIC)
        for topic_id in ("health.fever", "care.stool"):
            keep_question(session, by, wordings[topic_id][0], language, None, topic_id)
        for topic_id, times, disliked in USED:
            title = house.desk.shipped.guide.topics[topic_id].title(language)
            session.add_all(
                QuestionRow(
                    chat_key=f"home{number}", asked_at=now - timedelta(days=29 + dice.randrange(60)),
                    channel="telegram", language=language, text=title, decision="answer", urgency="none",
                    topics=json.dumps([topic_id]), confidence=0.9, edition="made up",
                    helpful=False if number < disliked else None,
                )
                for number in range(times)
            )  # fmt: skip
    group_questions(house.database, house.desk.vectors, house.clock.day_of, now)


def _fits(house: House) -> None:
    """One fit that ended this morning; everything published is in it."""
    ended_at, guide = house.clock.now() - timedelta(minutes=50), house.desk.shipped.guide
    wordings = sum(len(texts) for by_topic in guide.wordings.values() for texts in by_topic.values())
    with house.database.transaction() as session:
        fit = begin_fit(session, guide.edition, "office:1", ended_at - timedelta(seconds=94))
        end_fit(session, fit or 0, "done", ended_at, topics=len(guide.topics), wordings=wordings)
        note_fitted(session, house.desk.living.counter)


def _ticket(house: House, asking: Asking, language: Language) -> str:
    talk = Conversation(house.database, asking, house.clock, b"secret", KEYS)
    mother = Parent(talk, "mother", "zh-hans" if language == "zh" else "en")
    mother.says("/ask").says(ASKED_OF_PEOPLE[language]).presses("同意，发给" if language == "zh" else "Agree and send")
    with house.database.reading() as session:
        return session.exec(select(TicketRow.id)).one()


def _event(house: House) -> str:
    database, now = house.database, house.clock.now()
    Town(database, house.clock).families(FAMILIES)
    homes = [hidden(f"family {number}")[:16] for number in range(FAMILIES)]
    starts_at = (now + timedelta(days=4)).replace(hour=2, minute=0, second=0, microsecond=0)
    when = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    an_event(database, now, code="play-1", title_zh="亲子游戏课", title_en="Play together", **when)
    event = an_event(database, now, code="weaning-1", capacity=4, **when)
    for home, children in zip(homes, (2, 1, 1), strict=False):
        books(database, event, home, children=children, now=now)
    for number, home in enumerate(homes[3:5]):
        wish = Wish(event, home, Party(2 - number, 1), f"chat{home}")
        at(database, join, wish, now=now + timedelta(minutes=number))
    return event


def _announcement(house: House) -> str:
    with house.database.transaction() as session:
        keep_staff_chats(session, KEYS, {hidden("staff"): ("telegram", "1")}, house.clock.now())
        one = create(session, "announcements", NEWS, AudienceRule(), "zhou", house.clock.now())
    return one.id
