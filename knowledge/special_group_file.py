"""Children for whom the calendar differs, out of `special-groups.yaml`; also the notes of the city. Pure.

Every field is used or refused: GuideFault, with the place.
"""

from typing import Any

from knowledge.dose_rule_file import read_doses
from knowledge.schedule import Flag, Note, OtherSchedule, Preterm, Sentence
from knowledge.strict_fields import a_list, every_field, text, texts, whole, yes_or_no

GROUPS = "special-groups.yaml"

_whole_or_end = {"first": "first", "last": "last"}


def read_flag(name: str, raw: Any) -> Flag:
    """A condition on record."""
    with every_field(raw, GROUPS, name) as fields:
        return Flag(
            name,
            fields.may_take("holds_live", yes_or_no) or False,
            fields.may_take("polio_product", text),
            fields.take("sources", texts),
        )


def read_note(raw: Any, file: str, sentences: dict[str, Sentence]) -> Note:
    """A sentence beside a dose."""
    with every_field(raw, file, "notes") as fields:
        sentence = fields.take("sentence", text)
        if sentence not in sentences:
            fields.fail(f"sentences.yaml has no sentence {sentence}")
        code, flag = fields.take("code", text), fields.may_take("flag", text)
        dose = fields.take("dose", lambda value: _whole_or_end.get(value) or whole(value))
        return Note(code, dose, sentence, flag)  # type: ignore[arg-type]  # "first" and "last" are the only texts


def read_other_schedule(raw: Any) -> OtherSchedule:
    """The doses of a series for children with several flags."""
    with every_field(raw, GROUPS, "schedules") as fields:
        code, sources = fields.take("code", text), fields.take("sources", texts)
        doses = read_doses(fields.take("doses", a_list), GROUPS, code, sources)
        return OtherSchedule(code, frozenset(fields.take("when_all", texts)), doses)


def read_preterm(raw: Any) -> Preterm:
    """What holds for babies born early."""
    with every_field(raw, GROUPS, "preterm") as fields:
        weeks, sources = fields.take("before_weeks", whole), fields.take("sources", texts)
        with every_field(fields.take("hold", dict), GROUPS, "preterm, hold") as hold:
            sources += hold.take("sources", texts)
            return Preterm(
                weeks, hold.take("code", text), hold.take("up_to_weeks", whole), tuple(dict.fromkeys(sources))
            )
