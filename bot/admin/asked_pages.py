"""What parents ask and do not find: groups with counts and trend, and one click to what becomes of each.

A wording in a draft, the draft of a new topic, a kept question, or set aside. What was dealt with leaves the list and
stands below it, with what the guide answers now.
"""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Response
from sqlmodel import Session

from bot.admin.edit_pages import add_wording
from bot.admin.guide_list import listed_topics
from bot.admin.page_call import Call
from bot.admin.question_grouping import kept_grouping, let_go_of_group
from bot.admin.question_groups import WEEKS
from bot.curation.curation_rows import Became, DealtGroupRow
from bot.curation.dealt_groups import dealt_groups, note_dealt
from bot.curation.kept_questions import keep_question
from bot.curation.own_topics import NOT_ADDED_TO, begin_topic
from bot.errors import Refusal
from bot.questions.asking import Question
from bot.questions.question_log import asked_again, deal_with, wordings_of
from bot.questions.scrub import scrub
from knowledge.topics import OLDEST_MONTH, Language, Topic

MOST_GROUPS = 40
MOST_DEALT = 12
LONGEST_NUMBER = 16


def asked_page(call: Call) -> Response:
    """The groups of the last four weeks as they were made last, the most asked first."""
    why = call.query.get("why", "")
    with call.reading() as session:
        kept = kept_grouping(session, why, MOST_GROUPS, call.house.clock.day_of)
    return call.show(
        "asked.html",
        groups=kept.groups,
        why=why,
        counts=kept.counts,
        total=sum(kept.counts.values()),
        topics=call.house.desk.shipped.guide.topics,
        made_at=call.day(kept.made_at),
        domains=domains(call),
        dealt=_dealt(call),
        oldest=OLDEST_MONTH,
    )


@dataclass(frozen=True)
class Dealt:
    """A group that was dealt with, and how it stands now.

    `topic`: None where it was set aside. `stands`: the state of the topic's draft, else published or withdrawn. `again`:
    how often the same words were asked since. `decision`, `right`: what the guide answers now, and whether with the
    topic.
    """

    row: DealtGroupRow
    topic: Topic | None
    stands: str
    again: int
    decision: str
    right: bool


def _dealt(call: Call) -> list[Dealt]:
    desk = call.house.desk
    with call.house.database.reading() as session:
        rows = dealt_groups(session, call.now - timedelta(weeks=WEEKS), MOST_DEALT)
        again = [asked_again(session, row.text, row.dealt_at) for row in rows]
    if not rows:
        return []
    standing = {one.topic.id: one for one in listed_topics(call)}
    asking, found = desk.asking(desk.living.current), []
    for row, times in zip(rows, again, strict=True):
        language: Language = "en" if row.language == "en" else "zh"
        outcome, listed = asking.ask(Question(row.text, language, row.age_months)), standing.get(row.topic_id)
        published = listed is not None and listed.row.published_id is not None
        stands = (listed.open_state or ("published" if published else "withdrawn")) if listed else ""
        right = outcome.decision == "answer" and outcome.topic_ids[:1] == (row.topic_id,)
        topic = listed.topic if listed else None
        found.append(Dealt(row, topic, stands, times, outcome.decision, right))
    return found


def make_wording(call: Call) -> Response:
    """A question becomes a wording in its topic's draft, and a kept question with that topic as the right one."""
    group, topic = _given(call), _topic(call)
    with call.transaction() as session:
        add_wording(session, call.by, topic.id, group.text, group.language)
        _deal(session, call, "wording", group, topic.id)
    return call.go(f"/guide/{topic.id}/edit")


def make_topic(call: Call) -> Response:
    """A group becomes the draft of a topic that the guide did not have, with how parents asked as its wordings."""
    group, domain = _given(call), call.form.get("domain", "")
    if domain not in domains(call):
        raise Refusal("refused.domain")
    typed = (call.form.get("from_month") or "0", call.form.get("to_month") or str(OLDEST_MONTH))
    if not all(one.isdecimal() for one in typed):
        raise Refusal("refused.months")
    with call.transaction() as session:
        asked = wordings_of(session, group.numbers)
        asked[group.language].insert(0, group.text)
        draft = begin_topic(session, call.by, domain, group.text, (int(typed[0]), int(typed[1])), asked)
        _deal(session, call, "topic", group, draft.topic_id)
    call.house.desk.living.refresh()  # the editor that comes next knows the topic
    return call.go(f"/guide/{draft.topic_id}/edit")


def keep(call: Call) -> Response:
    """A question is kept with the topic that is right for it."""
    group, topic = _given(call), _topic(call)
    with call.transaction() as session:
        _deal(session, call, "kept", group, topic.id)
    return call.go("/asked", "kept")


def set_aside(call: Call) -> Response:
    """A group that the guide is not for: it leaves the list and changes nothing."""
    group = _given(call)
    with call.transaction() as session:
        _deal(session, call, "aside", group, "")
    return call.go("/asked", "aside")


def domains(call: Call) -> list[str]:
    """The domains that a topic can be added to, in the guide's order."""
    topics = call.house.desk.shipped.guide.topics.values()
    return [one for one in dict.fromkeys(topic.domain for topic in topics) if one not in NOT_ADDED_TO]


@dataclass(frozen=True)
class Given:
    """A group as its form tells of it: the text that stands for it, and the numbers of its questions in the log."""

    text: str
    language: Language
    age_months: int | None
    numbers: tuple[int, ...]


def _given(call: Call) -> Given:
    age, numbers = call.form.get("age", ""), call.form.get("numbers", "").split(",")
    return Given(
        text=scrub(call.form.get("text", "")),
        language="en" if call.form.get("language") == "en" else "zh",
        age_months=int(age) if age.isdecimal() else None,
        numbers=tuple(int(one) for one in numbers if one.isdecimal() and len(one) < LONGEST_NUMBER),
    )


def _topic(call: Call) -> Topic:
    topic = call.house.desk.shipped.guide.topics.get(call.form.get("topic_id", "").strip())
    if topic is None:
        raise Refusal("refused.topic")
    return topic


def _deal(session: Session, call: Call, became: Became, group: Given, topic_id: str) -> None:
    """Write down what became of a group; where a topic is right for it, it is also kept to measure on.

    Raises: Refusal: somebody else has dealt with all of its questions meanwhile, or they were erased.
    """
    if topic_id:
        keep_question(session, call.by, group.text, group.language, group.age_months, topic_id)
    text, language, age = group.text, group.language, group.age_months
    row = note_dealt(session, call.by, became, text, language, age, len(group.numbers), topic_id)
    if not deal_with(session, group.numbers, row.id or 0) and group.numbers:
        raise Refusal("refused.asked_dealt")
    let_go_of_group(session, group.numbers)
