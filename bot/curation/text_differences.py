"""What differs between two texts, line by line, with a little of what is around it. Pure."""

import difflib
from dataclasses import dataclass
from typing import Literal

AROUND = 1
"""Unchanged lines shown beside a changed one."""


@dataclass(frozen=True)
class DiffLine:
    """One line: in both, only in the earlier (removed), only in the later (added), or a place where lines are left out."""

    kind: Literal["same", "removed", "added", "skipped"]
    text: str


def differences(before: str, after: str) -> list[DiffLine]:
    """The differing lines of two texts; empty where they are the same."""
    shown: list[DiffLine] = []
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=AROUND, lineterm=""):
        if line.startswith(("---", "+++")) and not shown:
            continue
        if line.startswith("@@"):
            shown.append(DiffLine("skipped", "…"))
        elif line.startswith("+"):
            shown.append(DiffLine("added", line[1:]))
        elif line.startswith("-"):
            shown.append(DiffLine("removed", line[1:]))
        else:
            shown.append(DiffLine("same", line[1:]))
    return shown
