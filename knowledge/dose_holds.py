"""When a clinician decides before a dose is given: the holds. Pure.

No sentence names the condition; a family's messages are read by several people.
Source: NIP26 and NIP21, special groups; ids per group in special-groups.yaml.
"""

from dataclasses import dataclass
from datetime import date

from knowledge.dose_dates import Bound
from knowledge.dose_history import History
from knowledge.forecast import Reason
from knowledge.schedule import Schedule, Series
from knowledge.vaccine_record import VaccineRecord


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds a series on a day. `all_doses`: any missing dose. `next_dose`: only the first missing one.

    `live`: what holds live products, None where nothing does.
    """

    series: Series
    schedule: Schedule
    on: date
    all_doses: Reason | None
    next_dose: Reason | None
    live: Reason | None

    def for_dose(self, n: int, product: str | None, bound: Bound, first_missing: int) -> Reason | None:
        """The hold on missing dose `n`, None where the family may simply go.

        `product`: what it is given as, where the series has several. `bound`: its first day and why.
        """
        if self.all_doses is not None:
            return self.all_doses
        if self.next_dose is not None and n == first_missing:
            return self.next_dose
        given_as = self.series.product if product is None else self.schedule.products[product]
        if self.live is not None and given_as.live in {"injected", "oral"}:
            return self.live
        if bound.because == "immunoglobulin" and self.on < bound.day:
            return self.live or Reason("hold_live", self.schedule.immunoglobulin.sources)
        return None


def holds_of(history: History, record: VaccineRecord, schedule: Schedule, on: date) -> Holds:
    """The holds on the missing doses of a series."""
    series = history.series
    all_doses = next_dose = live = None
    born_from, preterm, test_from = series.born_from, schedule.preterm, series.needs_test_from
    if test_from is not None and on >= test_from.after(record.born_on):
        all_doses = Reason("hold_test", series.sources, {"age": test_from})
    elif (
        series.code == preterm.hold_code
        and record.gestation_weeks is not None
        and record.gestation_weeks <= preterm.hold_up_to_weeks
    ):
        all_doses = Reason("hold_preterm", preterm.sources, {"weeks": preterm.hold_up_to_weeks})
    elif born_from is not None and born_from.before == "hold" and record.born_on < born_from.day:
        all_doses = Reason("hold_born_before", series.sources, {"born_from": born_from.day})
    other = _other_product(series, record, schedule)
    if other is not None:
        next_dose = Reason("hold_mixed", series.sources, {"product": other})
    for name in sorted(record.flags):
        if schedule.flags[name].holds_live:
            live = Reason("hold_live", schedule.flags[name].sources)
    return Holds(series, schedule, on, all_doses, next_dose, live)


def _other_product(series: Series, record: VaccineRecord, schedule: Schedule) -> str | None:
    """A recorded product of the same option group that does not count for this series, None where there is none."""
    if series.option_group is None:
        return None
    options = schedule.options(series.option_group)
    strangers = (d.code for d in sorted(record.given) if d.code in options and d.code not in series.own)
    return next((code for code in strangers if code not in series.counts), None)
