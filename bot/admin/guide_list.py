"""The guide's list: every topic with where it stands, how old its text is, how it is used; filtered and put in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response
from sqlmodel import col, select

from bot.admin.page_call import Call
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.fit_book import fit_standing
from bot.curation.publishing import state_row
from bot.questions.entry_use import COUNTED_FOR, EntryUse
from knowledge.topics import Language, Topic

SOON_DAYS = 30
OLDEST_MONTHS = 36
WORK = ("all", "open", "in_review", "approved", "overdue", "soon", "unsigned", "to_verify", "withdrawn", "conflict")
BY_USE = ("disliked", "unused")
SORTS = ("guide", "topic", "stands", "age", "review_by", "to_verify", "used", "disliked")
_FALLING = frozenset({"to_verify", "used", "disliked"})
"""Looked at from the largest downwards, unless the other way is asked for."""


@dataclass(frozen=True)
class Listed:
    """One line of the list.

    `open_state`: of the draft that somebody works on, empty where there is none. `written_on`: when the text that is
    served was last changed, `age_days`: how long ago; None where nothing is served. `use`: within `COUNTED_FOR`.
    """

    topic: Topic
    row: GuideTopicRow
    open_state: str
    overdue: bool
    soon: bool
    use: EntryUse
    written_on: date | None
    age_days: int | None

    @property
    def is_new(self) -> bool:
        """Whether it was added here and its first text is still being written."""
        return self.topic.own and self.row.published_id is None and bool(self.open_state)


def guide_page(call: Call) -> Response:
    """Every topic with where it stands, chosen by what waits, domain, a word of its title, a child's age; in any order."""
    with call.reading() as session:
        only_signed, fit = state_row(session).only_signed, fit_standing(session)
    listed = listed_topics(call, call.house.desk.use(call.house.database, call.now))
    query = {name: call.query.get(name, "") for name in ("work", "domain", "word", "months", "sort", "way")}
    work = query["work"] or "all"
    sort = query["sort"] if query["sort"] in SORTS else SORTS[0]
    falling = query["way"] == "down" if query["way"] else sort in _FALLING
    chosen = [one for one in listed if is_work(one, work) and _is_asked_for(call, one, query)]
    return call.show(
        "guide.html",
        listed=in_order(chosen, sort, call.language, falling=falling),
        counts={name: sum(is_work(one, name) for one in listed) for name in (*WORK, *BY_USE)},
        domains=list(dict.fromkeys(one.topic.domain for one in listed)),
        work=work,
        query=query,
        sort=sort,
        falling=falling,
        falls_first=_FALLING,
        days=COUNTED_FOR.days,
        only_signed=only_signed,
        fit=fit,
    )


def listed_topics(call: Call, use: Mapping[str, EntryUse] | None = None) -> list[Listed]:
    """Every topic that was taken in, in the order of the guide. `use`: see `entry_use`; None where nobody asks."""
    guide, use = call.house.desk.shipped.guide, use or {}
    with call.house.database.reading() as session:
        rows = {row.topic_id: row for row in session.exec(select(GuideTopicRow)).all()}
        ids = [row.open_id for row in rows.values() if row.open_id is not None]
        found = session.exec(select(RevisionRow.id, RevisionRow.state).where(col(RevisionRow.id).in_(ids))).all()
    states = dict(found)
    listed = []
    for topic_id, topic in guide.topics.items():
        row = rows.get(topic_id)
        if row is not None:
            left = (row.review_by - call.today).days if row.review_by else SOON_DAYS + 1
            state = states.get(row.open_id, "") if row.open_id is not None else ""
            overdue, soon = left < 0, 0 <= left <= SOON_DAYS
            entry = guide.entries.get(topic_id)
            written = entry.written_on if entry is not None else None
            age = (call.today - written).days if written is not None else None
            listed.append(Listed(topic, row, state, overdue, soon, use.get(topic_id, EntryUse()), written, age))
    return listed


def is_work(one: Listed, work: str) -> bool:
    """Whether a topic belongs to one of the lists named in `WORK` and `BY_USE`."""
    published = one.row.published_id is not None
    return {
        "all": True,
        "open": bool(one.open_state),
        "in_review": one.open_state == "in_review",
        "approved": one.open_state in {"approved", "scheduled"},
        "overdue": published and one.overdue,
        "soon": published and one.soon,
        "unsigned": published and not one.row.signed,
        "to_verify": published and one.row.to_verify > 0,
        "withdrawn": not published and not one.is_new,
        "conflict": one.row.conflict_id is not None,
        "disliked": one.use.disliked > 0,
        "unused": published and not one.use.answered,
    }.get(work, True)


def in_order(listed: list[Listed], sort: str, language: Language, *, falling: bool) -> list[Listed]:
    """The lines by one column; equal ones stay in the guide's order, and what has no value comes last either way."""
    value: Callable[[Listed], Any] = {
        "topic": lambda one: one.topic.title(language).lower(),
        "stands": lambda one: (one.row.published_id is not None, one.open_state, one.row.signed),
        "age": lambda one: one.age_days,
        "review_by": lambda one: one.row.review_by,
        "to_verify": lambda one: one.row.to_verify,
        "used": lambda one: one.use.answered,
        "disliked": lambda one: one.use.disliked,
    }.get(sort, lambda _one: 0)
    known = [one for one in listed if value(one) is not None]
    return sorted(known, key=value, reverse=falling) + [one for one in listed if value(one) is None]


def _is_asked_for(call: Call, one: Listed, query: dict[str, str]) -> bool:
    named = f"{one.topic.id} {one.topic.zh} {one.topic.en}".lower()
    months = query["months"]
    return (
        (not query["domain"] or one.topic.domain == query["domain"])
        and query["word"].lower() in named
        and (not months.isdecimal() or _speaks_to(call, one.topic.id, int(months)))
    )


def _speaks_to(call: Call, topic_id: str, months: int) -> bool:
    """Whether what is served has a passage for a child of this age."""
    entry = call.house.desk.shipped.guide.entries.get(topic_id)
    return entry is not None and any(passage.band.holds(months) for passage in entry.zh.passages)
