"""Decide what leaves for one recipient now, from what is true now: the last look before a request.

Order: reachable? too late? muted? stopped for failing alike? held by the family budget? Then each composer reads the
truth, and what is left becomes one message of at most `MOST_PARTS` parts; the rest waits for another day.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select
from sqlmodel import Session

from bot.messages import Reply
from bot.outreach.claiming import Bundle, Claimed
from bot.outreach.composing import Composer, Due, Part, Wait, Withhold
from bot.outreach.contact import Contact
from bot.outreach.outbox import place_of_content
from bot.outreach.outgoing import BUNDLED, Lane
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.part_joining import join_parts
from bot.outreach.settling import News, OnPoison
from bot.rendered import RenderedReply
from bot.sealing import CannotOpen, Keyring
from knowledge.topics import Language

log = logging.getLogger(__name__)

MOST_PARTS = 6
RECENTLY = timedelta(days=8)
"""How far back the family budget looks, and a day more."""

_outgoing = OutgoingRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Hold:
    """Not now but at `at` (UTC), because of `reason`: quiet_hours, daily_budget, weekly_budget ..."""

    at: datetime
    reason: str


Render: TypeAlias = Callable[[Reply, Language], RenderedReply]
Gate: TypeAlias = Callable[[datetime, Lane, Sequence[datetime], str], Hold | None]
"""(now, lane, when this chat was last sent something, what spreads the held ones) -> hold, or None to go."""
Muted: TypeAlias = Callable[[Session, Due], str | None]
"""The reason why this chat does not want this, None if it does."""


@dataclass(frozen=True)
class Departure:
    """One message that may leave now: to whom, what, and the rows that it stands for."""

    contact: Contact
    rows: tuple[Claimed, ...]
    rendered: RenderedReply


@dataclass
class Decisions:
    """What was decided for a batch: what leaves, and what became of the rest."""

    departures: list[Departure] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


class ComposerBroke(Exception):
    """A composer (or the wording of its part) raised: a bug of its feature, which must cost this message only."""

    def __init__(self, row: Claimed, error: Exception) -> None:
        self.row = row
        super().__init__(f"{row.kind} about {row.topic}: {type(error).__name__}")
        self.reason = f"composer:{type(error).__name__}"


@dataclass(frozen=True)
class Rules:
    """What decides. `gate` None: no budget (only for measuring); `muted` None: nobody has muted anything.

    `on_poison`: see `settling.OnPoison`.
    """

    composers: Mapping[str, Composer]
    render: Render
    gate: Gate | None = None
    muted: Muted | None = None
    on_poison: OnPoison | None = None


def hold_of(session: Session, bundles: Sequence[Bundle], gate: Gate | None, now: datetime) -> dict[str, Hold]:
    """The recipients that the family budget holds now, by chat."""
    bound = [bundle for bundle in bundles if bundle.lane in BUNDLED]
    if gate is None or not bound:
        return {}
    recent: dict[str, list[datetime]] = {bundle.contact.chat_key: [] for bundle in bound}
    counted = (_outgoing.c.state.in_(("sent", "unknown")), _outgoing.c.lane.in_(BUNDLED))
    statement = (
        select(_outgoing.c.chat_key, _outgoing.c.left_at)
        .where(_outgoing.c.chat_key.in_(recent), *counted, _outgoing.c.left_at >= now - RECENTLY)
        .distinct()
    )
    for chat, left_at in session.execute(statement):
        recent[chat].append(left_at)
    held = {}
    for bundle in bound:
        chat = bundle.contact.chat_key
        hold = gate(now, bundle.lane, sorted(recent[chat]), chat)
        if hold is not None:
            held[chat] = hold
    return held


def held_back(bundle: Bundle, hold: Hold, now: datetime) -> list[News]:
    """The rows of a recipient who is held; none waits beyond its own end, and what is at its end waits no more."""
    return [News(row, "too_late") if row.expires_at <= now else _back(row, hold.at, hold.reason) for row in bundle.rows]


def decide(
    session: Session,
    keys: Keyring,
    bundles: Sequence[Bundle],
    rules: Rules,
    now: datetime,
    broken: Mapping[str, str],
    stopped: Mapping[tuple[str, str], datetime],
) -> Decisions:
    """What leaves now. `broken`: rows whose composer raised, with the reason; `stopped`: kind and topic, until when.

    Raises: ComposerBroke: decide again in a fresh transaction with this row among the broken.
    """
    decisions = Decisions()
    held = hold_of(session, bundles, rules.gate, now)
    for bundle in bundles:
        if bundle.contact.unreachable_since is not None:
            decisions.news += [News(row, "not_reachable", "blocked") for row in bundle.rows]
        elif bundle.contact.chat_key in held:
            decisions.news += held_back(bundle, held[bundle.contact.chat_key], now)
        else:
            _decide_one(session, keys, bundle, rules, now, broken, stopped, decisions)
    return decisions


def _decide_one(
    session: Session,
    keys: Keyring,
    bundle: Bundle,
    rules: Rules,
    now: datetime,
    broken: Mapping[str, str],
    stopped: Mapping[tuple[str, str], datetime],
    decisions: Decisions,
) -> None:
    going: list[tuple[Claimed, Part]] = []
    for row in bundle.rows:
        until = stopped.get((row.kind, row.topic))
        if row.expires_at <= now:
            decisions.news.append(News(row, "too_late"))
        elif row.id in broken:
            decisions.news.append(News(row, "refused", broken[row.id]))
        elif until is not None and until > now:
            decisions.news.append(_back(row, until, "stopped_equal_errors"))
        elif len(going) >= MOST_PARTS:
            decisions.news.append(_back(row, now, "bundle_full"))
        else:
            composed = _composed(session, keys, bundle.contact, row, rules, now)
            if isinstance(composed, Withhold):
                decisions.news.append(News(row, "withdrawn", composed.reason))
            elif isinstance(composed, Wait):
                decisions.news.append(_back(row, composed.until, composed.reason))
            elif composed.attachment and any(part.attachment for _, part in going):
                decisions.news.append(_back(row, now, "bundle_full"))
            else:
                going.append((row, composed))
    if going:
        message = _one_message([part for _, part in going], going[0][0], bundle.contact.language, rules)
        decisions.departures.append(Departure(bundle.contact, tuple(row for row, _ in going), message))


def _back(row: Claimed, at: datetime, reason: str) -> News:
    """It waits on, never beyond its own end."""
    return News(row, "put_back", reason, min(at, row.expires_at))


def _composed(
    session: Session, keys: Keyring, contact: Contact, row: Claimed, rules: Rules, now: datetime
) -> Part | Withhold | Wait:
    """What the feature says now. Its part is worded once here, so that what cannot be worded stops nothing else."""
    try:
        due = _opened(row, contact, keys)
        reason = rules.muted(session, due) if rules.muted is not None else None
        if reason is not None:
            return Withhold(reason)
        composed = rules.composers[row.kind](session, due, now)
        if isinstance(composed, Part):
            rules.render(_reply(composed), contact.language)
    except CannotOpen as error:  # the message says it all
        raise ComposerBroke(row, error) from error
    except Exception as error:
        log.exception("a message about %s/%s cannot be worded", row.kind, row.topic)
        raise ComposerBroke(row, error) from error
    return composed


def _reply(part: Part) -> Reply:
    return Reply(part.lines, part.buttons, part.urgent, part.attachment)


def _opened(row: Claimed, contact: Contact, keys: Keyring) -> Due:
    content = {} if row.content is None else json.loads(keys.open(row.content, place_of_content(row.id)))
    return Due(
        id=row.id,
        chat_key=row.chat_key,
        family_id=row.family_id,
        kind=row.kind,
        subject=row.subject,
        topic=row.topic,
        lane=row.lane,
        content=content,
        due_at=row.due_at,
        expires_at=row.expires_at,
        language=contact.language,
    )


def _one_message(parts: Sequence[Part], first: Claimed, language: Language, rules: Rules) -> RenderedReply:
    try:
        joined = tuple(join_parts(parts)) if len(parts) > 1 else tuple(parts)
        whole = Part(
            lines=tuple(line for part in joined for line in part.lines),
            buttons=tuple(row for part in joined for row in part.buttons),
            attachment=next((part.attachment for part in joined if part.attachment), None),
            urgent=any(part.urgent for part in joined),
        )
        return rules.render(_reply(whole), language)
    except Exception as error:
        log.exception("a bundle with %s/%s cannot be put together", first.kind, first.topic)
        raise ComposerBroke(first, error) from error
