"""What parents ask and do not find: groups with counts and trend, and one click to a wording or a kept question."""

import json
from datetime import timedelta

from fastapi import Response

from bot.admin.edit_pages import add_wording
from bot.admin.page_call import Call
from bot.admin.question_groups import WEEKS, PoorlyAnswered, grouped
from bot.curation.kept_questions import keep_question
from bot.errors import Refusal
from bot.questions.question_log import QuestionRow, questions_to_mend
from bot.questions.scrub import scrub
from knowledge.topics import Language, Topic

MOST_LOOKED_AT = 600
MOST_GROUPS = 40
WHYS = ("no_answer", "choices", "unsure", "disliked")


def asked_page(call: Call) -> Response:
    """The groups of the last four weeks, the most asked first."""
    why = call.query.get("why", "")
    with call.transaction() as session:
        rows = questions_to_mend(session, call.now - timedelta(weeks=WEEKS), MOST_LOOKED_AT)
    questions = [_question(call, row) for row in rows]
    chosen = [one for one in questions if not why or one.why == why]
    vectors = call.house.desk.vectors([one.text for one in chosen]) if chosen else None
    groups = grouped(chosen, vectors, call.today)[:MOST_GROUPS] if vectors is not None else []
    counts = {name: sum(one.why == name for one in questions) for name in WHYS}
    topics = call.house.desk.shipped.guide.topics
    return call.show("asked.html", groups=groups, why=why, counts=counts, total=len(questions), topics=topics)


def _question(call: Call, row: QuestionRow) -> PoorlyAnswered:
    ids = json.loads(row.topics)
    why = "disliked" if row.helpful is False else row.decision if row.decision in WHYS else "unsure"
    return PoorlyAnswered(
        number=row.id or 0,
        text=row.text,
        language=row.language,
        asked_on=call.house.clock.day_of(row.asked_at),
        why=why,
        topic_id=ids[0] if ids else "",
        age_months=row.age_months,
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
