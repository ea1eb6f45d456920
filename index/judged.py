"""Judged questions: what parents might ask, and which topics would be right. Read from JSON lines."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Judged:
    """One question with its judgement; fields that a set does not use are empty.

    `topics`: right ones, the first is primary. `expect`: for out-of-scope questions abstain, smalltalk, refuse_dose or
    redirect. `urgent`: None where not judged. `turns`: a dialogue whose last turn is judged.
    """

    set: str
    id: str
    text: str
    topics: tuple[str, ...]
    age_months: int | None
    language: str | None
    expect: str
    urgent: bool | None
    level: str
    must_mention: tuple[str, ...]
    must_not_mention: tuple[str, ...]
    turns: tuple[str, ...]
    style: str

    @property
    def is_plain_question(self) -> bool:
        """A question for the guide, judged by its topic alone."""
        special = self.urgent is not None or self.expect or self.must_mention or self.turns
        return bool(self.topics) and not special


def read_judged(folder: Path) -> list[Judged]:
    """Every judged question of a folder, file by file."""
    judged = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                judged.extend(_read_row(path.stem, json.loads(line)))
    return judged


def _read_row(name: str, row: dict[str, Any]) -> list[Judged]:
    if "turns" not in row:
        return [_one(name, row, row["q"], tuple(row.get("topics", ())), ())]
    found = []
    texts = [turn["user"] for turn in row["turns"]]
    for number, turn in enumerate(row["turns"]):
        if number > 0 and "expect_topics" in turn:
            found.append(_one(name, row, texts[number], tuple(turn["expect_topics"]), tuple(texts[: number + 1])))
    return found


def _one(name: str, row: dict[str, Any], text: str, topics: tuple[str, ...], turns: tuple[str, ...]) -> Judged:
    return Judged(
        set=name,
        id=row["id"] if not turns else f"{row['id']}-{len(turns)}",
        text=text,
        topics=topics,
        age_months=row.get("age_months"),
        language=row.get("lang"),
        expect=row.get("expect", ""),
        urgent=row.get("urgent"),
        level=row.get("level", ""),
        must_mention=tuple(row.get("must_mention", ())),
        must_not_mention=tuple(row.get("must_not_mention", ())),
        turns=turns,
        style=row.get("style", ""),
    )
