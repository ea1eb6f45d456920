"""Nudges and cards worded at the moment of sending, from what is true then.

The plan is made anew; what it no longer holds is withheld with the reason: done, declined, booked, later, moved, erased,
no_consent, left, record_fault, or what `muting` says. A change a moment before sending counts.
"""

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlmodel import Session

from bot.care.nudge_plan import Nudge, Situation, planned
from bot.care.nudge_reading import calendar_on, read_files
from bot.care.nudge_truth import still_planned, why_not
from bot.care.nudge_words import card_part, nudge_part
from bot.care.plan_nudges import NudgeSetup, situations_of
from bot.flow import Visit
from bot.outreach.composing import Composer, Due, Part, Withhold
from bot.outreach.muting import choices_of
from bot.sealing import Keyring

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Holding:
    """A nudge that still holds, with the situation it holds in."""

    nudge: Nudge
    situation: Situation


def nudge_composers(keys: Keyring, setup: NudgeSetup) -> "Mapping[str, Composer]":
    """The composers of this room by kind."""

    def compose(session: Session, due: Due, now: datetime) -> Part | Withhold:
        return compose_nudge(session, keys, setup, due, now)

    return MappingProxyType({"nudge": compose, "card": compose})


def compose_nudge(session: Session, keys: Keyring, setup: NudgeSetup, due: Due, now: datetime) -> Part | Withhold:
    """What a nudge or card says now, or why it says nothing."""
    found = read_truth(session, keys, setup, due, now)
    return found if isinstance(found, Withhold) else worded(session, keys, setup, due, found, now)


def worded(
    session: Session, keys: Keyring, setup: NudgeSetup, due: Due, found: Holding, now: datetime
) -> Part | Withhold:
    """What a nudge or card that holds says to this chat."""
    nudge, child = found.nudge, found.situation.child
    visit = Visit(
        session=session,
        chat_key=due.chat_key,
        channel="outbox",
        now=now,
        today=setup.day_of(now),
        day_of=setup.day_of,
        keys=keys,
        secret=b"",
        language=due.language,
        zone=setup.zone,
    )
    if nudge.about != "card":
        return nudge_part(visit, child, nudge, setup.calendars)
    card = next((one for one in setup.nudging.pack.cards if one.at == nudge.card), None)
    return Withhold("no_card") if card is None else card_part(visit, child, nudge, card)


def read_truth(session: Session, keys: Keyring, setup: NudgeSetup, due: Due, now: datetime) -> Holding | Withhold:
    """The nudge as the plan holds it now, or why it holds no more."""
    child_id = due.subject.removeprefix("child:")
    file = read_files(session, keys, [child_id], setup.day_of).get(child_id)
    if file is None:
        return Withhold("erased")
    chosen = choices_of(session, [(one.chat_key, child_id) for one in file.on_file.caring])
    situation = situations_of(file, calendar_on(file, setup.calendars, setup.day_of(now)), chosen, setup).get(
        due.chat_key, "left"
    )
    if isinstance(situation, str):
        return Withhold(situation)
    muted = chosen[due.chat_key, child_id].stopped_because(child_id, due.topic)
    if muted is not None:
        return Withhold(muted)
    nudge = still_planned(due.content["nudge"], planned(situation, setup.nudging.rules, setup.day_of(now)))
    if nudge is None:
        return Withhold(why_not(due.content["codes"].split(), situation))
    return Holding(nudge, situation)
