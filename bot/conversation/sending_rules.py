"""What decides about everything that goes out unasked: the rooms' composers, the family budget, what is muted.

The sender and the rehearsal are given the same rules.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.care.nudge_composer import nudge_composers
from bot.care.plan_nudges import NudgeSetup
from bot.conversation.render import render
from bot.outreach.composing import Due
from bot.outreach.departing import Hold, Rules
from bot.outreach.family_budget import HoldUntil, Limits, gate
from bot.outreach.muting import stopped
from bot.outreach.outgoing import Lane
from bot.sealing import Keyring

ASKED_FOR = frozenset({"ticket", "booking", "visit"})
"""What a person asked for themselves: the composers of these kinds know when, and ask what was stopped since."""


def sending_rules(keys: Keyring, zone: ZoneInfo, limits: Limits) -> Rules:
    """The rules as values; nothing is opened."""

    def hold(now: datetime, lane: Lane, sent_recently: Sequence[datetime], spread_key: str) -> Hold | None:
        verdict = gate(now, zone, lane, sent_recently, spread_key, limits)
        return Hold(verdict.at, verdict.reason) if isinstance(verdict, HoldUntil) else None

    def muted(session: Session, due: Due) -> str | None:
        if due.kind in ASKED_FOR:
            return None
        return stopped(session, due.chat_key, due.subject, due.topic)

    setup = NudgeSetup(zone, limits.quiet)
    return Rules(composers={**nudge_composers(keys, setup)}, render=render, gate=hold, muted=muted)
