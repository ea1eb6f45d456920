"""Try a question as any parent: what would be decided, why, and what would be read."""

from dataclasses import dataclass

from fastapi import Response

from bot.admin.page_call import Call
from bot.conversation.render import render
from bot.questions.answer_lines import lines_for
from bot.questions.asking import Outcome, Question
from index.normalise import normalise
from knowledge.danger_signs import find_danger
from knowledge.topics import Language

MOST_CHARACTERS = 500


@dataclass(frozen=True)
class DangerTrace:
    """What the rules of danger signs said: the topic and level they found, and whether they were in doubt."""

    topic_id: str
    level: str
    doubtful: bool


def playground_page(call: Call) -> Response:
    """The form, and below it everything about the answer where a question was typed."""
    text = call.query.get("text", "")[:MOST_CHARACTERS]
    age = call.query.get("age", "")
    language: Language = "en" if call.query.get("language", call.language) == "en" else "zh"
    months = int(age) if age.isdigit() and int(age) <= 240 else None
    if not text.strip():
        return call.show("playground.html", text="", age=age, language=language, outcome=None)
    desk = call.house.desk
    asking = desk.asking(desk.living.current)
    outcome = asking.ask(Question(text, language, months))
    reply = lines_for(outcome, asking.shipped, None)
    return call.show(
        "playground.html",
        text=text,
        age=age,
        language=language,
        outcome=outcome,
        reply=render(reply, language),
        danger=_danger(call, text, outcome),
        titles={topic.id: topic.title(call.language) for topic in asking.shipped.guide.topics.values()},
        parts_by_name=outcome.finding.parts if outcome.finding else {},
        passages=_passages(call, outcome, language),
    )


def _danger(call: Call, text: str, outcome: Outcome) -> DangerTrace | None:
    match = find_danger(normalise(text), outcome.age_months, call.house.desk.shipped.danger_signs)
    return DangerTrace(match.topic_id, match.level, match.doubtful) if match is not None else None


def _passages(call: Call, outcome: Outcome, language: Language) -> list[tuple[str, str, str]]:
    """Of the first topics: id, age band, and the passage that fits the age."""
    entries = call.house.desk.shipped.guide.entries
    rows = []
    for topic_id in outcome.topic_ids[:3]:
        entry = entries.get(topic_id)
        if entry is None:
            continue
        side = entry.side(language)
        passage = side.passage_for(outcome.age_months) or side.passages[0]
        rows.append((topic_id, f"{passage.band.from_month}-{passage.band.to_month}", passage.text))
    return rows
