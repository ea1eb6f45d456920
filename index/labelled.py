"""Messages of every kind with their labels: what the readers of scope and danger are fitted on."""

from dataclasses import dataclass

from index.normalise import normalise
from index.result import MESSAGE_KINDS, MessageKind
from knowledge.load import Shipped
from knowledge.wording_file import Level


@dataclass(frozen=True)
class Labelled:
    """Messages of every kind with their labels, row by row; `texts` are normalised.

    `kinds`: places in `MESSAGE_KINDS`. `dangers`: 1 where the message tells of a danger happening now. `doctors`: 1
    where a doctor should see the child today or sooner. `calms`: 1 where it only sounds like a danger. `ages`: the
    child's age in months where it is known beside the text, else None.
    """

    texts: list[str]
    kinds: list[int]
    dangers: list[int]
    doctors: list[int]
    calms: list[int]
    ages: list[int | None]

    def part(self, rows: list[int]) -> "Labelled":
        """The messages of some rows."""
        return Labelled(
            texts=[self.texts[row] for row in rows],
            kinds=[self.kinds[row] for row in rows],
            dangers=[self.dangers[row] for row in rows],
            doctors=[self.doctors[row] for row in rows],
            calms=[self.calms[row] for row in rows],
            ages=[self.ages[row] for row in rows],
        )

    @property
    def outside(self) -> list[int]:
        """1 where the message is no question for the guide."""
        return [int(MESSAGE_KINDS[kind] == "out_of_scope") for kind in self.kinds]


def labelled_messages(shipped: Shipped) -> Labelled:
    """Every message that we know, with its labels; calm look-alikes of danger signs are questions."""
    labelled = Labelled([], [], [], [], [], [])

    def add(
        text: str, kind: MessageKind, level: Level | None = None, *, calm: bool = False, age: int | None = None
    ) -> None:
        labelled.texts.append(normalise(text))
        labelled.kinds.append(MESSAGE_KINDS.index(kind))
        labelled.dangers.append(int(level in {"call_120", "go_now"}))
        labelled.doctors.append(int(level in {"call_120", "go_now", "same_day"}))
        labelled.calms.append(int(calm))
        labelled.ages.append(age)

    for wording in shipped.wordings:
        add(wording.text, "question", wording.level)
    examples = shipped.examples
    for example in examples.calm:
        add(example.text, "question", example.level, calm=True, age=example.age_months)
    for example in examples.danger:
        add(example.text, "question", example.level, age=example.age_months)
    for example in examples.dose:
        add(example.text, "dose" if example.kind == "dose" else "question")
    for example in examples.out_of_scope:
        add(example.text, "out_of_scope")
    for example in examples.smalltalk:
        add(example.text, "smalltalk")
    return labelled
