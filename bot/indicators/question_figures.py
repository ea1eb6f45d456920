"""Figures about questions: answered, choice, refused; by domain, role and district; topics and weeks. Pure.

Behind a number of questions stand the chats that asked: of ten questions by one chat nothing is told.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from operator import attrgetter

from bot.indicators.counted_rows import AskedOnce, TicketWait, Town
from bot.indicators.figure_making import count, middle, not_counted, share, tally
from bot.indicators.figures import Figure, TopicLine, Week
from bot.indicators.k_rule import K, Tally, guarded

ANSWERED, CHOSEN, REFUSED, URGENT = "answer", "choices", ("no_answer", "refuse_dose"), "urgent"
SIX_SERVICES = {
    "checkup": "newborn", "feeding": "feeding", "growth": "growth", "vaccine": "vaccine", "safety": "safety",
    "emergency": "safety", "health": "health",
}  # fmt: skip
"""The six services of the plan (三(三)4) by domain of the guide."""

NURSERY = "service.nursery"
MOST_TOPICS = 15
_BY = {"district": attrgetter("district"), "role": attrgetter("group")}


def question_figures(town: Town) -> list[Figure]:
    """Sections questions, people, and what A6, A7, B1 and B3 know from questions."""
    asked = [one for one in town.questions if one.decision in {ANSWERED, CHOSEN, *REFUSED, URGENT}]
    nursery = [one for one in asked if one.topic.startswith(NURSERY)]
    types = [one for one in nursery if one.topic == f"{NURSERY}.types"]
    six = [one for one in asked if _service(one)]
    return [
        count("questions", "asked", "asked", asked, _chat, by=_BY),
        share("questions", "answered", "asked", asked, _chat, lambda one: one.decision == ANSWERED, by=_BY),
        share("questions", "choice", "asked", asked, _chat, lambda one: one.decision == CHOSEN, by=_BY),
        share("questions", "refused", "asked", asked, _chat, lambda one: one.decision in REFUSED, by=_BY),
        share("questions", "urgent", "asked", asked, _chat, lambda one: one.decision == URGENT),
        share("questions", "disliked", "answers", _answered(asked), _chat, lambda one: one.disliked),
        share("A6", "not_found", "asked", nursery, _chat, lambda one: one.decision in REFUSED),
        share("A7", "at_once", "asked", types, _chat, lambda one: one.decision == ANSWERED and not one.disliked),
        share("B1", "answered", "asked", six, _chat, lambda one: one.decision == ANSWERED, by={"kind": _service}),
        not_counted("B1", "next_step"),
        count("B3", "questions", "asked", [one for one in asked if one.group == "grandparents"], _chat),
        *people_figures(town.tickets),
    ]


def people_figures(tickets: Sequence[TicketWait] | None) -> list[Figure]:
    """How long until a person answered; not counted where no tickets are kept."""
    if tickets is None:
        return [not_counted("people", "no_tickets")]
    answered = [(one.chat, one.hours) for one in tickets if one.hours is not None]
    return [
        share("people", "answered", "tickets", tickets, lambda one: one.chat, lambda one: one.hours is not None),
        middle("people", "hours", "tickets", answered),
    ]


def topics_asked(now: Sequence[AskedOnce], before: Sequence[AskedOnce]) -> tuple[TopicLine, ...]:
    """The topics most asked, with the quarter before; topics that fewer than ten chats asked are not listed."""
    new, old = _by_topic(now), _by_topic(before)
    listed = [
        TopicLine(topic, one.whole, old[topic].whole if topic in old and old[topic].whole_people >= K else None)
        for topic, one in new.items()
        if topic and one.whole_people >= K
    ]
    return tuple(sorted(listed, key=lambda one: (-one.asked, one.topic_id))[:MOST_TOPICS])


def weeks_of(questions: Iterable[AskedOnce], since: date, until: date) -> tuple[Week, ...]:
    """Every week that lies wholly or partly between two days, both included."""
    monday = since - timedelta(days=since.weekday())
    by_week: dict[date, list[AskedOnce]] = defaultdict(list)
    for one in questions:
        by_week[one.on - timedelta(days=one.on.weekday())].append(one)
    weeks = []
    while monday <= until:
        weeks.append(_week(monday, by_week[monday]))
        monday += timedelta(days=7)
    return tuple(weeks)


def _week(monday: date, asked: list[AskedOnce]) -> Week:
    names = {ANSWERED: "answer", CHOSEN: "choices", URGENT: "urgent", **dict.fromkeys(REFUSED, "refused")}
    groups: dict[str, list[AskedOnce]] = {"answer": [], "choices": [], "refused": [], "urgent": []}
    for one in asked:
        if one.decision in names:
            groups[names[one.decision]].append(one)
    # no total of the week is shown, so that no small number follows by subtraction
    shown = {name: _alone(rows) for name, rows in groups.items()}
    return Week(monday, **shown)


def _alone(rows: list[AskedOnce]) -> int | None:
    return guarded(tally(rows, _chat, None, lambda _row: 1), {})[0].whole


def _by_topic(questions: Iterable[AskedOnce]) -> dict[str, Tally]:
    rows: dict[str, list[AskedOnce]] = defaultdict(list)
    for one in questions:
        rows[one.topic].append(one)
    return {topic: tally(of_one, _chat, None, lambda _row: 1) for topic, of_one in rows.items()}


def _answered(asked: list[AskedOnce]) -> list[AskedOnce]:
    return [one for one in asked if one.decision == ANSWERED]


def _service(one: AskedOnce) -> str:
    return SIX_SERVICES.get(one.topic.partition(".")[0], "")


def _chat(one: AskedOnce) -> str:
    return one.chat
