"""What can be wrong with the guide's data, as one list of exceptions and one value for a single finding."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One finding of the check: where it is and what the editor should do.

    `line` counts from 1; 0 means the whole file.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"


class GuideFault(Exception):
    """The guide's data cannot be served; `problems` says where and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class EntryFault(GuideFault):
    """One entry is malformed; the rest of the guide still serves."""


class InputFault(Exception):
    """What a person entered about a child cannot be; the sentence says what, and what to do. Nothing was changed.

    `key` names the kind, so that a channel can word it in its own language.
    """

    def __init__(self, key: str, sentence: str) -> None:
        self.key = key
        super().__init__(sentence)


class RecordFault(InputFault):
    """What a family recorded cannot be true or is not known; `zh` and `en` say what is wrong and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__("record", en)
