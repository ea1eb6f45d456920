"""What became of a nudge that the plan no longer holds: the reason that the ledger keeps. Pure."""

from collections.abc import Sequence

from bot.care.child_calendar import QUIET
from bot.care.nudge_plan import Nudge, Situation


def still_planned(name: str, plan: Sequence[Nudge]) -> Nudge | None:
    """The nudge of this name, if the plan still holds it."""
    return next((nudge for nudge in plan if nudge.name == name), None)


def why_not(codes: Sequence[str], situation: Situation) -> str:
    """Why nothing is said about these codes ("MMR-1") any more.

    done, declined (or not for this child), booked (by the family, meanwhile), later (the family asked so), or moved: the
    day is another one, or its time is over.
    """
    calendar = situation.calendar
    done = {f"{item.code}-{item.number}" for item in calendar.done}
    noted = {f"{item.code}-{item.number}": item for item in calendar.items}
    reasons = {"done" if code in done else _noted(noted[code].noted) if code in noted else "moved" for code in codes}
    later = {f"{one.code}-{one.number}" for one in situation.answers if one.until is not None}
    if reasons == {"moved"} and later & set(codes):
        return "later"
    for reason in ("moved", "booked", "declined", "done"):  # the one that says most about what is still open
        if reason in reasons:
            return reason
    return "moved"


def _noted(how: str | None) -> str:
    if how in QUIET:
        return "declined"
    return "booked" if how == "booked" else "moved"
