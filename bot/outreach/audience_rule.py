"""Who an announcement is for, as a rule over where a child lives and how old it is. Pure.

There is no way to ask for a health answer, a record or a reading here, on purpose: nobody is ever chosen by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from bot.errors import Refusal
from bot.families.child import SERVED_UNTIL_MONTHS, Child
from knowledge.districts import DISTRICTS, district_named

_ORDER = [zh for zh, _ in DISTRICTS]


@dataclass(frozen=True)
class AudienceRule:
    """All conditions hold together; None and empty mean: no condition.

    `from_months`, `to_months`: completed months, both included. `districts`: Chinese names. `language`: the reader's.
    `attended`: the id of an event whose guests are meant. A condition on age and one on district hold for one child.
    """

    districts: tuple[str, ...] = ()
    from_months: int | None = None
    to_months: int | None = None
    language: Literal["zh", "en"] | None = None
    attended: str | None = None

    @property
    def asks_for_a_child(self) -> bool:
        """Whether a family without a child in our book can be meant."""
        return bool(self.districts) or self.from_months is not None or self.to_months is not None

    def fits_child(self, child: Child, today: date) -> bool:
        """Whether this child makes its family one of those who are meant."""
        months = child.months_on(today)
        if self.from_months is not None and months < self.from_months:
            return False
        if self.to_months is not None and months > self.to_months:
            return False
        return not self.districts or child.district in self.districts

    def fits_family(self, children: Iterable[Child], stopped: frozenset[str], today: date) -> bool:
        """Whether a family with these children is meant; `stopped`: children of whom nothing is to be sent any more.

        A family that stopped everything about its only child hears nothing, whatever the rule.
        """
        children = list(children)
        going_on = [child for child in children if child.id not in stopped]
        if children and not going_on:
            return False
        return not self.asks_for_a_child or any(self.fits_child(child, today) for child in going_on)


def read_rule(
    districts: Iterable[str] = (),
    from_months: int | None = None,
    to_months: int | None = None,
    language: str | None = None,
    attended: str | None = None,
) -> AudienceRule:
    """A rule from what staff wrote; districts in Chinese or English.

    Raises: Refusal: a district, an age or a language cannot be.
    """
    named = {name: district_named(name) for name in districts}
    for written, known in named.items():
        if known is None:
            raise Refusal("announce.no_such_district", district=written[:40])
    for months in (from_months, to_months):
        if months is not None and not 0 <= months < SERVED_UNTIL_MONTHS:
            raise Refusal("announce.months_odd", most=SERVED_UNTIL_MONTHS - 1)
    if from_months is not None and to_months is not None and from_months > to_months:
        raise Refusal("announce.months_order")
    if language not in {None, "zh", "en"}:
        raise Refusal("announce.language_odd")
    return AudienceRule(
        districts=tuple(sorted({name for name in named.values() if name}, key=_ORDER.index)),
        from_months=from_months,
        to_months=to_months,
        language="zh" if language == "zh" else "en" if language == "en" else None,
        attended=attended or None,
    )


def plain_rule(rule: AudienceRule) -> dict[str, Any]:
    """The rule as JSON."""
    return {**vars(rule), "districts": list(rule.districts)}


def rule_of(plain: Mapping[str, Any]) -> AudienceRule:
    """The rule that `plain_rule` wrote."""
    return AudienceRule(**{**plain, "districts": tuple(plain["districts"])})
