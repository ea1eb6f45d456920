"""Topics that staff add to those of the contract, begun from what parents asked: a number, two titles, a first draft.

Emergencies are not added here: what is said in danger goes with the danger signs, which the product ships and tests.
"""

from collections.abc import Mapping, Sequence

import yaml
from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import GuideTopicRow, OwnTopicRow, RevisionRow
from bot.curation.entry_form import EntryForm, Texts, text_of
from bot.curation.publishing import raise_counter, state_row
from bot.curation.revisions import add_revision
from bot.errors import Refusal
from knowledge.entry_file import HEADINGS, OPTIONAL_HEADING
from knowledge.topics import LANGUAGES, OLDEST_MONTH, Language, Topic

NOT_ADDED_TO = frozenset({"emergency"})
_MONTHS: Mapping[Language, str] = {"zh": "个月", "en": " months"}


def own_topics(session: Session) -> dict[str, Topic]:
    """The topics that were added here, oldest first."""
    rows = session.exec(select(OwnTopicRow).order_by(col(OwnTopicRow.added_at), col(OwnTopicRow.topic_id))).all()
    return {row.topic_id: topic_of(row) for row in rows}


def topic_of(row: OwnTopicRow) -> Topic:
    """A row as the topic that it stands for."""
    return Topic(row.topic_id, (row.from_month, row.to_month), row.zh, row.en, own=True)


def begin_topic(
    session: Session,
    by: Audited,
    domain: str,
    title: str,
    months: tuple[int, int],
    asked: Mapping[Language, Sequence[str]],
) -> RevisionRow:
    """Add a topic with a draft that holds the headings and, as wordings, how parents asked. Every process knows it soon.

    Raises: Refusal: no title, ages out of order, or a domain that topics are not added to.
    """
    title, (first, last) = " ".join(title.split())[:120], months
    if not title:
        raise Refusal("refused.no_text")
    if domain in NOT_ADDED_TO:
        raise Refusal("refused.domain")
    if not 0 <= first < last <= OLDEST_MONTH:
        raise Refusal("refused.months")
    state_row(session)  # held from here on: two who begin at once get two numbers
    topic_id = _free_id(session, domain)
    row = OwnTopicRow(
        topic_id=topic_id, zh=title, en=title, from_month=first, to_month=last, added_by=by.who, added_at=by.now
    )
    topic = GuideTopicRow(topic_id=topic_id)
    draft = add_revision(session, by, topic_id, _first_texts(topic_of(row), by, asked), "draft", None)
    draft.authors = ""  # beginning is not writing
    topic.open_id = draft.id
    session.add_all([row, topic, draft])
    session.flush()
    raise_counter(session, by.now)
    note_change_by(session, by, "guide.begin_topic", topic_id, after={"title": title, "months": f"{first}-{last}"})
    return draft


def add_own_topics(session: Session, by: Audited, topics: Sequence[Topic]) -> None:
    """Take in the topics of another installation's files that are not of the contract."""
    for topic in topics:
        if topic.own and session.get(OwnTopicRow, topic.id) is None:
            first, last = topic.months
            session.add(
                OwnTopicRow(
                    topic_id=topic.id,
                    zh=topic.zh,
                    en=topic.en,
                    from_month=first,
                    to_month=last,
                    added_by=by.who,
                    added_at=by.now,
                )
            )


def topics_file(topics: Sequence[Topic]) -> str:
    """The file of these topics, in the form of `topics.yaml`."""
    items = [{"id": one.id, "months": list(one.months), "zh": one.zh, "en": one.en} for one in topics]
    return yaml.safe_dump({"topics": items}, allow_unicode=True, sort_keys=False, width=10_000)


def _free_id(session: Session, domain: str) -> str:
    """One above the highest: those of another house that were taken in leave gaps."""
    start = f"{domain}.own-"
    mine = session.exec(select(OwnTopicRow.topic_id).where(col(OwnTopicRow.topic_id).startswith(start))).all()
    numbers = [int(rest) for rest in (one.removeprefix(start) for one in mine) if rest.isdecimal()]
    return f"{start}{max(numbers, default=0) + 1}"


def _first_texts(topic: Topic, by: Audited, asked: Mapping[Language, Sequence[str]]) -> Texts:
    zh, en = (_side(topic, language) for language in LANGUAGES)
    today = by.now.date()
    form = EntryForm(
        topic_id=topic.id,
        skill="care",
        sources=(),
        related=(),
        to_verify=(),
        written_on=today.isoformat(),
        review_by=today.replace(year=today.year + 1, day=min(today.day, 28)).isoformat(),
        signed_by=None,
        zh=zh,
        en=en,
    )
    wordings = ["".join(f"{text}\n" for text in dict.fromkeys(asked.get(one, ()))) for one in LANGUAGES]
    return Texts(text_of(form), *wordings)


def _side(topic: Topic, language: Language) -> str:
    lines = [f"# {topic.title(language)}"]
    for place, heading in enumerate(HEADINGS[language][:OPTIONAL_HEADING]):
        lines += ["", f"## {heading}"]
        if place == 1:
            lines.append(f"### {topic.months[0]}-{topic.months[1]}{_MONTHS[language]}")
    return "\n".join(lines)
