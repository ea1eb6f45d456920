"""What parents ask and do not find: groups with counts and trend, and one click to a wording or a kept question."""

from fastapi import Response

from bot.admin.edit_pages import add_wording
from bot.admin.page_call import Call
from bot.admin.question_grouping import kept_grouping
from bot.curation.kept_questions import keep_question
from bot.errors import Refusal
from bot.questions.scrub import scrub
from knowledge.topics import Language, Topic

MOST_GROUPS = 40


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
    )


def make_wording(call: Call) -> Response:
    """A question becomes a wording in its topic's draft, and a kept question with that topic as the right one."""
    text, language, topic = _given(call)
    add_wording(call, topic.id, text, language)
    _keep(call, text, language, topic)
    return call.go(f"/guide/{topic.id}/edit")


def keep(call: Call) -> Response:
    """A question is kept with the topic that is right for it."""
    text, language, topic = _given(call)
    _keep(call, text, language, topic)
    return call.go("/asked", "kept")


def _given(call: Call) -> tuple[str, Language, Topic]:
    topic = call.house.desk.shipped.guide.topics.get(call.form.get("topic_id", "").strip())
    if topic is None:
        raise Refusal("refused.topic")
    language: Language = "en" if call.form.get("language") == "en" else "zh"
    return scrub(call.form.get("text", "")), language, topic


def _keep(call: Call, text: str, language: Language, topic: Topic) -> None:
    age = call.form.get("age", "")
    with call.transaction() as session:
        keep_question(session, call.by, text, language, int(age) if age.isdigit() else None, topic.id)
