"""A decision as lines and buttons. The guide's text is quoted verbatim; our own sentences are phrase keys."""

from dataclasses import replace

from bot.messages import Button, Quote, Reply, Say
from bot.questions.answer_policy import Answer, Choices, NoAnswer, Smalltalk
from bot.questions.asking import Outcome, Unreadable
from bot.questions.triage import DoseAsked, Urgent
from index.normalise import normalise
from knowledge.guide import Cited, Entry, Guide, Source
from knowledge.load import Shipped
from knowledge.topics import Language

MOST_SOURCES_NAMED = 2
MOST_ALARMS_SHOWN = 3
_SHOWS_ALARMS = ("health", "emergency", "vaccine")

SMALLTALK_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("smalltalk.thanks", ("谢", "thank", "thx", "多谢", "感恩", "辛苦", "cheers")),
    ("smalltalk.bye", ("再见", "拜拜", "晚安", "bye", "good night", "回见")),
    ("smalltalk.joke", ("笑话", "joke", "讲个故事", "唱")),
    ("smalltalk.who", ("你是谁", "你是", "真人", "机器人", "who are you", "are you", "robot", "human")),
    ("smalltalk.ok", ("好的", "收到", "明白", "知道了", "嗯", "ok", "got it", "行")),
)


def lines_for(outcome: Outcome, shipped: Shipped, question_id: int | None, *, brief: bool = False) -> Reply:
    """The reply to an outcome. `question_id` is the log's number for feedback, None where nothing is logged.

    `brief`: the short answer without the passage; what is urgent is never cut.
    """
    language = outcome.question.language
    verdict = outcome.verdict
    match verdict:
        case Urgent():
            return _urgent(verdict, shipped, language)
        case DoseAsked():
            return _dose(shipped.guide, language)
        case Answer():
            entry = shipped.guide.entries[verdict.topic_id]
            return _with_doctor(_answer(entry, shipped.guide, outcome, question_id, brief=brief), outcome, shipped)
        case Choices():
            return _with_doctor(_choices(verdict.topic_ids, shipped.guide, language), outcome, shipped)
        case NoAnswer():
            return _no_answer(verdict, shipped.guide, language, question_id)
        case Smalltalk():
            return Reply((Say(_smalltalk_phrase(outcome.question.text)),))
        case Unreadable():
            return Reply((Say("unreadable"),))


def _with_doctor(reply: Reply, outcome: Outcome, shipped: Shipped) -> Reply:
    """The same reply, led by the advice to see a doctor today where that is due: no siren, but not overlooked."""
    if not outcome.doctor_today:
        return reply
    today = Quote(shipped.danger_signs.same_day[outcome.question.language], "alert")
    return replace(reply, lines=(today, *reply.lines))


def _smalltalk_phrase(text: str) -> str:
    simple = normalise(text)
    for key, words in SMALLTALK_WORDS:
        if any(word in simple for word in words):
            return key
    return "smalltalk.hello"


def _urgent(verdict: Urgent, shipped: Shipped, language: Language) -> Reply:
    signs = shipped.danger_signs
    text = signs.templates[verdict.topic_id].text(language)
    lines: list[Say | Quote] = [Quote(signs.first_line(verdict.topic_id, verdict.level, language), "alert")]
    lines += [Quote(step, "bullet") for step in text.steps]
    lines += [Say("urgent.dont", look="title"), *(Quote(line, "bullet") for line in text.dont)]
    lines.append(_sources_line(list(signs.templates[verdict.topic_id].source_ids), shipped.guide, language))
    buttons: list[tuple[Button, ...]] = []
    if verdict.topic_id in shipped.guide.entries:
        buttons.append((Button(Say("button.more_emergency"), f"m:{verdict.topic_id}"),))
    return Reply(tuple(lines), tuple(buttons), urgent=True)


def _dose(guide: Guide, language: Language) -> Reply:
    lines = (
        Say("dose.refuse", look="title"),
        Say("dose.why"),
        Say("dose.ask"),
        Say("dose.alarm", look="alert"),
    )
    related = [topic for topic in ("health.medicines", "health.fever") if topic in guide.entries]
    return Reply(lines, tuple((_topic_button(guide.entries[topic], language),) for topic in related))


def _answer(entry: Entry, guide: Guide, outcome: Outcome, question_id: int | None, *, brief: bool) -> Reply:
    language, age = outcome.question.language, outcome.age_months
    side = entry.side(language)
    lines: list[Say | Quote] = [Quote(side.title, "title"), Quote(side.short_answer.text)]
    shown: list[Cited] = [side.short_answer]
    passage = side.passage_for(age)
    if passage is not None and len(side.passages) > 1 and not brief:
        lines.append(Say("answer.at_age", {"from": passage.band.from_month, "to": passage.band.to_month}, "note"))
        lines.append(Quote(passage.text))
        shown += passage.paragraphs
    if entry.topic.kind == "emergency":
        lines += [Quote(step.text, "bullet") for step in side.do]
        shown += side.do
    if entry.topic.domain in _SHOWS_ALARMS:
        lines.append(Say("answer.call_120", look="alert"))
        lines += [Quote(alarm.text, "bullet") for alarm in side.call_120[:MOST_ALARMS_SHOWN]]
        shown += side.call_120[:MOST_ALARMS_SHOWN]
    ids = list(dict.fromkeys(source_id for part in shown for source_id in part.source_ids))
    lines.append(_sources_line(ids, guide, language))
    rows: list[tuple[Button, ...]] = [
        (Button(Say("button.more"), f"m:{entry.topic.id}"), Button(Say("button.sources"), f"s:{entry.topic.id}"))
    ]
    if any(topic in guide.entries for topic in entry.related):
        rows[0] = (*rows[0], Button(Say("button.related"), f"r:{entry.topic.id}"))
    if question_id is not None:
        rows.append(
            (Button(Say("button.helpful"), f"y:{question_id}"), Button(Say("button.not_helpful"), f"n:{question_id}"))
        )
    return Reply(tuple(lines), tuple(rows))


def _choices(topic_ids: tuple[str, ...], guide: Guide, language: Language) -> Reply:
    entries = [guide.entries[topic_id] for topic_id in topic_ids]
    lines: list[Say | Quote] = [Say("choices.which")]
    lines += [Quote(f"{number}. {entry.side(language).title}") for number, entry in enumerate(entries, start=1)]
    rows: list[tuple[Button, ...]] = [(_topic_button(entry, language),) for entry in entries]
    rows.append((Button(Say("button.none_of_these"), "none"),))
    return Reply(tuple(lines), tuple(rows))


def _no_answer(verdict: NoAnswer, guide: Guide, language: Language, question_id: int | None) -> Reply:
    lines: list[Say | Quote] = []
    if verdict.why == "not_written" and verdict.topic_id is not None:
        lines.append(Say("no_answer.not_written", {"topic": guide.topics[verdict.topic_id].title(language)}))
    else:
        lines.append(Say(f"no_answer.{verdict.why}"))
    lines.append(Say("no_answer.person" if verdict.why == "not_written" else "no_answer.what_i_do"))
    rows = [(_topic_button(guide.entries[topic], language),) for topic in verdict.nearby]
    if rows:
        lines.append(Say("no_answer.nearby"))
    if question_id is not None:
        rows.append((Button(Say("button.ask_person"), f"ask:q:{question_id}"),))
    return Reply(tuple(lines), tuple(rows))


def more_lines(entry: Entry, guide: Guide, language: Language, age_months: int | None) -> Reply:
    """Everything the entry says, the passage for the child's age first where the age is known."""
    side = entry.side(language)
    passages = sorted(side.passages, key=lambda p: age_months is not None and p.band.distance(age_months))
    lines: list[Say | Quote] = [Quote(side.title, "title")]
    for passage in passages:
        lines.append(Say("answer.at_age", {"from": passage.band.from_month, "to": passage.band.to_month}, "note"))
        lines.append(Quote(passage.text))
    for key, statements in (
        ("more.do", side.do),
        ("more.dont", side.dont),
        ("more.see_doctor", side.see_doctor),
        ("more.call_120", side.call_120),
    ):
        lines.append(Say(key, look="alert" if key == "more.call_120" else "title"))
        lines += [Quote(statement.text, "bullet") for statement in statements]
    if side.differs:
        lines.append(Say("more.differs", look="title"))
        lines += [Quote(statement.text) for statement in side.differs]
    ids = list(dict.fromkeys(source_id for part in side.statements() for source_id in part.source_ids))
    lines.append(_sources_line(ids, guide, language))
    rows: list[tuple[Button, ...]] = [(Button(Say("button.sources"), f"s:{entry.topic.id}"),)]
    return Reply(tuple(lines), tuple(rows))


def source_lines(entry: Entry, guide: Guide, language: Language) -> Reply:
    """Each source with its section and year, what is still to verify, and who signed."""
    lines: list[Say | Quote] = [Say("sources.title", {"title": entry.side(language).title}, "title")]
    for use in entry.sources:
        source = guide.sources[use.source_id]
        about = f"{source.title(language)} ({source.publisher}, {source.year}) · {use.section}"
        lines.append(Quote(f"{about} {source.url}" if source.url else about, "bullet"))
    lines.append(Say("sources.review_by", {"day": entry.review_by.isoformat()}, "note"))
    if entry.signed_by is None:
        lines.append(Say("sources.unsigned", look="note"))
    else:
        signed = {"name": entry.signed_by.name, "qualification": entry.signed_by.qualification}
        lines.append(Say("sources.signed", {**signed, "day": entry.signed_by.signed_on.isoformat()}, "note"))
    if entry.to_verify:
        lines.append(Say("sources.to_verify", {"count": len(entry.to_verify)}, "note"))
    return Reply(tuple(lines))


def cited_titles(entry: Entry, guide: Guide, language: Language) -> list[str]:
    """Every source of an entry by name, year and section, as a person quotes it."""
    uses = [use for use in entry.sources if use.source_id in guide.sources]
    return [f"{_named(guide.sources[use.source_id], language)} {use.section}".strip() for use in uses]


def related_lines(entry: Entry, guide: Guide, language: Language) -> Reply:
    """The entries that belong beside this one."""
    written = [guide.entries[topic] for topic in entry.related if topic in guide.entries]
    return Reply((Say("related.title"),), tuple((_topic_button(other, language),) for other in written))


def _topic_button(entry: Entry, language: Language) -> Button:
    return Button(Quote(entry.side(language).title), f"t:{entry.topic.id}")


def _sources_line(source_ids: list[str], guide: Guide, language: Language) -> Say:
    named = [guide.sources[source_id] for source_id in source_ids if source_id in guide.sources]
    titles = [_named(source, language) for source in named[:MOST_SOURCES_NAMED]]
    key = "answer.sources_more" if len(named) > MOST_SOURCES_NAMED else "answer.sources"
    joined = ("、" if language == "zh" else "; ").join(titles)
    return Say(key, {"titles": joined, "count": len(named)}, "source")


def _named(source: Source, language: Language) -> str:
    title = source.title(language)
    year = "" if str(source.year) in title else str(source.year)
    if language == "zh":
        return f"《{title}》{year}"
    return f"{title} ({year})" if year else title


def cited_sources(outcome: Outcome, shipped: Shipped) -> list[dict[str, object]]:
    """The sources of an outcome as data, for `qihui ask --json`."""
    guide, language = shipped.guide, outcome.question.language
    if isinstance(outcome.verdict, Urgent):
        uses = [(source_id, "") for source_id in shipped.danger_signs.templates[outcome.verdict.topic_id].source_ids]
    elif isinstance(outcome.verdict, Answer):
        uses = [(use.source_id, use.section) for use in guide.entries[outcome.verdict.topic_id].sources]
    else:
        return []
    return [
        {
            "id": source_id,
            "title": guide.sources[source_id].title(language),
            "section": section,
            "year": guide.sources[source_id].year,
            "url": guide.sources[source_id].url,
        }
        for source_id, section in uses
        if source_id in guide.sources
    ]
