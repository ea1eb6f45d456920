"""An entry's file taken apart for an editor (fields, a Chinese and an English text) and put together again. Pure.

What is put together is read by `knowledge.entry_file`, the one reader of the form; nothing is judged here. Line numbers
of its findings are counted in the whole file, and `place_of_line` says where that is for the editor.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import yaml

from knowledge.guide import Signature

Part = Literal["fields", "zh", "en"]
_WIDTH = 10_000
"""YAML lines are never folded."""


@dataclass(frozen=True)
class Texts:
    """What a revision holds: the entry's file and the two files of wordings."""

    entry: str
    wordings_zh: str
    wordings_en: str


@dataclass(frozen=True)
class EntryForm:
    """The entry as an editor fills it in. Dates are as typed; `signed_by` is None while nobody has signed."""

    topic_id: str
    skill: str
    sources: tuple[tuple[str, str], ...]
    related: tuple[str, ...]
    to_verify: tuple[str, ...]
    written_on: str
    review_by: str
    signed_by: Signature | None
    zh: str
    en: str


def form_of(text: str) -> EntryForm:
    """The form of a file that could be read, or that `text_of` wrote."""
    _, head, body = text.split("---\n", 2)
    fields: dict[str, Any] = yaml.safe_load(head) or {}
    zh, en = _sides(body)
    signed = fields.get("signed_by")
    return EntryForm(
        topic_id=str(fields.get("id", "")),
        skill=str(fields.get("skill", "")),
        sources=tuple((str(use.get("id", "")), str(use.get("section", ""))) for use in fields.get("sources") or []),
        related=tuple(map(str, fields.get("related") or [])),
        to_verify=tuple(map(str, fields.get("to_verify") or [])),
        written_on=str(fields.get("written_on", "")),
        review_by=str(fields.get("review_by", "")),
        signed_by=Signature(signed["name"], signed["qualification"], signed["date"]) if signed else None,
        zh=zh,
        en=en,
    )


def text_of(form: EntryForm) -> str:
    """The file of a form."""
    lines = ["---", f"id: {form.topic_id}", f"skill: {_inline(form.skill)}"]
    lines += _listed("sources", [{"id": source_id, "section": section} for source_id, section in form.sources])
    lines.append(f"related: {_inline(list(form.related))}")
    lines += _listed("to_verify", list(form.to_verify))
    lines += [f"written_on: {_day(form.written_on)}", f"review_by: {_day(form.review_by)}"]
    signed = form.signed_by
    if signed is None:
        lines.append("signed_by: null")
    else:
        fields = {"name": signed.name, "qualification": signed.qualification, "date": signed.signed_on}
        lines.append(f"signed_by: {_inline(fields)}")
    return "\n".join([*lines, "---", "", form.zh.strip("\n"), "", form.en.strip("\n"), ""])


def place_of_line(form: EntryForm, line: int) -> tuple[Part, int]:
    """Where a line of the whole file stands for the editor: in the fields, or at which line of a side's text."""
    before = text_of(form).split("\n")
    zh_lines = form.zh.strip("\n").count("\n") + 1
    first_zh = before.index("---", 1) + 3
    first_en = first_zh + zh_lines + 1
    if line < first_zh:
        return "fields", 0
    return ("zh", line - first_zh + 1) if line < first_en else ("en", line - first_en + 1)


def same_but_for_signature(first: str, second: str) -> bool:
    """Whether two files say the same, whoever signed them."""
    return replace(form_of(first), signed_by=None) == replace(form_of(second), signed_by=None)


def _sides(body: str) -> tuple[str, str]:
    lines = body.split("\n")
    titles = [number for number, line in enumerate(lines) if line.startswith("# ")]
    middle = titles[1] if len(titles) > 1 else len(lines)
    return "\n".join(lines[:middle]).strip("\n"), "\n".join(lines[middle:]).strip("\n")


def _inline(value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=_WIDTH, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _listed(name: str, items: list[Any]) -> list[str]:
    return [f"{name}:", *(f"  - {_inline(item)}" for item in items)] if items else [f"{name}: []"]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return _inline(text)  # as typed; the reader says that it is no date
