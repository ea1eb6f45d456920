"""When a family is reminded of what: the rules as values, and their reading. Every field is used or refused. Pure."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from knowledge.strict_fields import Fields, a_list, every_field, one_of, text, texts, whole

NUDGE_FILE = "nudges.yaml"

About = Literal[
    "closing", "dose", "booked", "again", "backlog", "visit", "newborn_visit", "handbook", "offer", "card"
]  # fmt: skip
ABOUTS: tuple[About, ...] = get_args(About)

Topic = Literal["immunization", "checkups", "cards"]
TOPICS: tuple[Topic, ...] = get_args(Topic)

MOST_HORIZON_DAYS = 120
FURTHEST_DAYS = 31
"""No rule speaks of a day earlier than so many days before it."""

_ONLY_FOR: dict[str, frozenset[str]] = {
    "window_at_most_days": frozenset({"closing"}),
    "except_codes": frozenset({"closing", "backlog", "visit"}),
    "codes": frozenset({"newborn_visit", "offer"}),
    "until_age_days": frozenset({"handbook", "offer"}),
    "pack": frozenset({"card"}),
}
"""Which fields belong to which kinds of rule; each must stand where it belongs, and nowhere else."""


@dataclass(frozen=True)
class NudgeRule:
    """One kind of nudge. `days`: when, counted from the rule's own day, rising; empty for cards (one a week).

    `then_every_days`, `most_after`: repeated after the last of `days`, so many after the day in all; 0 for no repeat.
    `window_at_most_days`: how short a time must be to be called short. `codes`, `except_codes`: of the calendars.
    `until_age_days`: too late from this age on, 0 where age does not end it. `pack`: which cards.
    """

    about: About
    topic: Topic
    days: tuple[int, ...]
    then_every_days: int = 0
    most_after: int = 0
    window_at_most_days: int = 0
    codes: tuple[str, ...] = ()
    except_codes: frozenset[str] = frozenset()
    until_age_days: int = 0
    pack: str = ""
    sources: tuple[str, ...] = ()

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Every day of the rule, repeats included."""
        every = list(self.days)
        after = sum(day > 0 for day in every)
        while self.then_every_days and after < self.most_after:
            every.append(every[-1] + self.then_every_days)
            after += 1
        return tuple(every)


@dataclass(frozen=True)
class NudgeRules:
    """All rules. `horizon_days`: how far ahead nudges are written down; `snooze_days`: how long "later" is."""

    horizon_days: int
    snooze_days: int
    rules: dict[About, NudgeRule]

    @property
    def codes(self) -> frozenset[str]:
        """Every code of a calendar that a rule names."""
        return frozenset(code for rule in self.rules.values() for code in (*rule.codes, *rule.except_codes))

    @property
    def sources(self) -> frozenset[str]:
        """Every source that a rule rests on."""
        return frozenset(source for rule in self.rules.values() for source in rule.sources)


def read_nudge_rules(raw: dict[str, Any]) -> NudgeRules:
    """The rules from the file's content.

    Raises: GuideFault: a field is missing, unknown, senseless or in the wrong kind of rule; the message says where.
    """
    with every_field(raw, NUDGE_FILE, "file") as fields:
        horizon, snooze = fields.take("horizon_days", _horizon), fields.take("snooze_days", _some)
        rules: dict[About, NudgeRule] = {}
        for place, item in enumerate(fields.take("rules", a_list), 1):
            with every_field(item, NUDGE_FILE, f"rule {place}") as of_rule:
                rule = _rule(of_rule)
                if rule.about in rules:
                    of_rule.fail(f"a second rule about {rule.about}; join the two")
                rules[rule.about] = rule
        missing = [about for about in ABOUTS if about not in rules]
        if missing:
            fields.fail(f"no rule about {', '.join(missing)}; every kind of nudge needs one")
    return NudgeRules(horizon, snooze, rules)


def _rule(fields: Fields) -> NudgeRule:
    about: About = fields.take("about", one_of(*ABOUTS))
    fields.where = f"rule about {about}"
    days = () if about == "card" else fields.take("days", _days)
    every, most = fields.may_take("then_every_days", _some) or 0, fields.may_take("most_after", _some) or 0
    if bool(every) != bool(most):
        fields.fail("then_every_days and most_after go together")
    if most and most <= sum(day > 0 for day in days):
        fields.fail(f"most_after {most} leaves nothing to repeat; raise it or take then_every_days away")
    for name, abouts in _ONLY_FOR.items():
        if about in abouts and not fields.has(name):
            fields.fail(f"the field {name} is missing")
    return NudgeRule(
        about=about,
        topic=fields.take("topic", one_of(*TOPICS)),
        days=days,
        then_every_days=every,
        most_after=most,
        window_at_most_days=_if_its(fields, about, "window_at_most_days", _some) or 0,
        codes=_if_its(fields, about, "codes", texts) or (),
        except_codes=frozenset(_if_its(fields, about, "except_codes", texts) or ()),
        until_age_days=_if_its(fields, about, "until_age_days", _some) or 0,
        pack=_if_its(fields, about, "pack", text) or "",
        sources=fields.may_take("sources", texts) or (),
    )


def _if_its(fields: Fields, about: About, name: str, read: Any) -> Any:
    """A field where it belongs to this kind of rule; elsewhere it is left, and so refused."""
    return fields.take(name, read) if about in _ONLY_FOR[name] else None


def _days(value: Any) -> tuple[int, ...]:
    days = tuple(a_list(value))
    if (
        not days
        or any(isinstance(day, bool) or not isinstance(day, int) for day in days)
        or sorted(set(days)) != [*days]
    ):
        message = f"write whole days that rise, from -{FURTHEST_DAYS} on, not {value!r}"
        raise ValueError(message)
    return days


def _some(value: Any) -> int:
    if whole(value) == 0:
        message = "write a number above 0"
        raise ValueError(message)
    return whole(value)


def _horizon(value: Any) -> int:
    days = _some(value)
    if days > MOST_HORIZON_DAYS:
        message = f"at most {MOST_HORIZON_DAYS} days ahead: what is further away changes before it comes"
        raise ValueError(message)
    return days
