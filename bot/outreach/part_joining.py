"""Parts of one message that say the same of two children are said once, with both names. Pure.

Twins have the same vaccines on the same days: "豆豆、苗苗 ...". What to press stays apart for each child, with the child's
name on it where the label alone would not tell whose it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.messages import Button, Quote, Say, Value
from bot.outreach.composing import Part

NICKNAME = "nickname"


def join_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts in their order, those that differ in the child's name alone joined to the first of them."""
    joined: list[list[Part]] = []
    for part in parts:
        same = next((group for group in joined if _like(group[0], part)), None)
        if same is None:
            joined.append([part])
        else:
            same.append(part)
    return tuple(group[0] if len(group) == 1 else _as_one(group) for group in joined)


def _like(one: Part, other: Part) -> bool:
    if one.attachment is not None or other.attachment is not None or one.urgent != other.urgent:
        return False
    named = _nickname(one) is not None and _nickname(other) is not None
    return named and tuple(map(_nameless, one.lines)) == tuple(map(_nameless, other.lines))


def _as_one(group: list[Part]) -> Part:
    names = [name for part in group if (name := _nickname(part)) is not None]
    together: Value = tuple(Say("child.name", {NICKNAME: name}) for name in dict.fromkeys(names))
    lines = tuple(
        replace(line, values={**line.values, NICKNAME: together})
        if isinstance(line, Say) and NICKNAME in line.values
        else line
        for line in group[0].lines
    )
    rows = tuple(
        tuple(_named(one, name) for one in row) for part, name in zip(group, names, strict=True) for row in part.buttons
    )
    return replace(group[0], lines=lines, buttons=rows)


def _named(pressed: Button, name: str) -> Button:
    return Button(Say("button.for_child", {NICKNAME: name, "label": _as_say(pressed.label)}), pressed.data)


def _as_say(label: Say | Quote) -> Say:
    return Say("calendar.name", {"name": label.text}) if isinstance(label, Quote) else label


def _nameless(line: Say | Quote) -> tuple[object, ...]:
    if isinstance(line, Quote):
        return ("quote", line.text, line.look)
    return (line.key, line.look, tuple(sorted((k, repr(v)) for k, v in line.values.items() if k != NICKNAME)))


def _nickname(part: Part) -> str | None:
    names = {str(line.values[NICKNAME]) for line in part.lines if isinstance(line, Say) and NICKNAME in line.values}
    return names.pop() if len(names) == 1 else None
