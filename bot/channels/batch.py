"""Answer files of questions, for measuring: JSON lines in, JSON lines out, in the same order.

A line is {"id", "q", "age_months"?, "lang"?}, or has "turns" instead of "q": a dialogue whose last turn is judged.
"""

import json
import time
from pathlib import Path
from typing import Any

from bot.conversation.render import render
from bot.conversation.router import language_of
from bot.questions.answer_lines import cited_sources, lines_for
from bot.questions.asking import Asking, Outcome, Question
from bot.rendered import RenderedReply
from knowledge.load import Shipped
from knowledge.topics import Language


class BadLine(Exception):
    """A line of the file cannot be read; the message names the line and what it should be."""


def reply_to(outcome: Outcome, shipped: Shipped) -> RenderedReply:
    """What the parent reads."""
    return render(lines_for(outcome, shipped, None), outcome.question.language)


def to_json(outcome: Outcome, reply: RenderedReply, shipped: Shipped, milliseconds: float) -> dict[str, Any]:
    """The contract of `qihui ask --json`."""
    return {
        "decision": outcome.decision,
        "topics": list(outcome.topic_ids),
        "confidence": round(outcome.confidence, 4),
        "urgency": outcome.urgency,
        "text": reply.plain_text,
        "sources": cited_sources(outcome, shipped),
        "ms": round(milliseconds, 2),
    }


def answer_file(source: Path, target: Path, asking: Asking) -> int:
    """Answer every line of `source` into `target`. Returns how many.

    Raises: BadLine: a line cannot be read; nothing is written then.
    """
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{source} cannot be read as UTF-8 text ({error})"
        raise BadLine(message) from error
    rows = [(n, _row(source, n, line)) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for number, row in rows:
        _turns(source, number, row)
    with target.open("w", encoding="utf-8") as file:
        for number, row in rows:
            answered = answer_row(row, _turns(source, number, row), asking)
            file.write(json.dumps(answered, ensure_ascii=False) + "\n")
    return len(rows)


def answer_row(row: dict[str, Any], turns: list[str], asking: Asking) -> dict[str, Any]:
    """The answer to the last of `turns`, with the row's id in front."""
    outcome, milliseconds = follow(row, turns, asking)
    started = time.perf_counter()
    reply = reply_to(outcome, asking.shipped)
    milliseconds += (time.perf_counter() - started) * 1000
    return {"id": row.get("id"), **to_json(outcome, reply, asking.shipped, milliseconds)}


def follow(row: dict[str, Any], turns: list[str], asking: Asking) -> tuple[Outcome, float]:
    """The outcome of the last of `turns` and its milliseconds, the turns before it having been asked in order.

    Raises: ValueError: there are no turns.
    """
    age, previous = row.get("age_months"), None
    language: Language | None = row.get("lang")
    outcome, milliseconds = None, 0.0
    for turn in turns:
        started = time.perf_counter()
        outcome = asking.ask(Question(turn, language or language_of(turn) or "zh", age, previous))
        milliseconds = (time.perf_counter() - started) * 1000
        age = outcome.age_months if outcome.age_months is not None else age
        previous = turn if outcome.decision != "smalltalk" else previous
    if outcome is None:
        message = "a dialogue without turns"
        raise ValueError(message)
    return outcome, milliseconds


def _row(source: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        message = f"{source}:{number}: not JSON ({error.msg}); write one object a line"
        raise BadLine(message) from error
    if not isinstance(row, dict):
        message = f'{source}:{number}: write an object with "id" and "q" (or "turns")'
        raise BadLine(message)
    age = row.get("age_months")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= 240):
        message = f"{source}:{number}: age_months must be a number of months from 0 to 240"
        raise BadLine(message)
    row["age_months"] = None if age is None else int(age)
    if row.get("lang") not in {None, "zh", "en"}:
        message = f"{source}:{number}: lang is zh or en"
        raise BadLine(message)
    return row


def _turns(source: Path, number: int, row: dict[str, Any]) -> list[str]:
    turns = row.get("turns", [row.get("q")])
    texts = [turn.get("user", turn.get("q")) if isinstance(turn, dict) else turn for turn in turns or []]
    words = [text for text in texts if isinstance(text, str)]
    if not words or len(words) < len(texts):
        message = f'{source}:{number}: "q" must be a text, or "turns" a list of texts'
        raise BadLine(message)
    return words
