"""The counsellors' side of tickets: the list with its clock, claim, answer, hand over, close. Every step in the audit log.

The log holds states, logins and lengths, never a word that was written. Only the one who has claimed a ticket answers it;
`may_take_over` (an administrator) can move what another holds. A form carries the version that it was made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.errors import Refusal
from bot.families.family_rows import CaregiverRow
from bot.outreach.alarms import LateTicket
from bot.sealing import Keyring
from bot.tickets.parent_tickets import add_message, label_of, shut
from bot.tickets.ticket_answers import order_answer
from bot.tickets.ticket_clock import Hours, Waiting, waiting
from bot.tickets.ticket_rows import TicketRow
from bot.tickets.ticket_states import OPEN, Move, after, is_urgent

LONGEST_ANSWER = 3000
MOST_LISTED = 200
CLOSED_SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class TicketDesk:
    """Someone at the desk, in a transaction. `name`: what parents are told; `may_take_over`: what others hold, too."""

    session: Session
    keys: Keyring
    by: Audited
    name: str
    hours: Hours
    may_take_over: bool = False

    @property
    def login(self) -> str:
        """Who works here."""
        return self.by.who

    @property
    def now(self) -> datetime:
        """This instant, UTC."""
        return self.by.now


@dataclass(frozen=True)
class Listed:
    """A ticket in the list. `clock`: None where nothing of the parent waits for an answer."""

    row: TicketRow
    label: str
    urgent: bool
    clock: Waiting | None


def listed(desk: TicketDesk, *, closed: bool = False) -> list[Listed]:
    """Open tickets: urgent ones on top, then what waits longest; or those closed in the last 30 days, newest first."""
    statement = select(TicketRow)
    if closed:
        recent = statement.where(col(TicketRow.closed_at) >= desk.now - CLOSED_SHOWN_FOR)
        rows = desk.session.exec(recent.order_by(col(TicketRow.closed_at).desc()).limit(MOST_LISTED)).all()
        return [as_listed(desk.hours, row, desk.now) for row in rows]
    found = desk.session.exec(statement.where(col(TicketRow.state).in_(OPEN))).all()
    waits = sorted(
        (as_listed(desk.hours, row, desk.now) for row in found),
        key=lambda one: (one.clock is None, not one.urgent, one.row.waits_since or one.row.changed_at, one.row.id),
    )
    return waits[:MOST_LISTED]


def as_listed(hours: Hours, row: TicketRow, now: datetime) -> Listed:
    """A ticket with its clock."""
    clock = None
    if row.waits_since is not None:
        clock = waiting(hours, row.waits_since, now, row.urgency, claimed=row.claimed_by is not None)
    return Listed(row, label_of(row.id), is_urgent(row.urgency) and clock is not None, clock)


def the_ticket(desk: TicketDesk, ticket_id: str, version: str | None = None) -> TicketRow:
    """A ticket at the version that a form was made from (None: as it is).

    Raises: Refusal: it is gone, or somebody was faster.
    """
    row = desk.session.get(TicketRow, ticket_id, with_for_update=version is not None)
    if row is None:
        raise Refusal("refused.ticket_gone")
    if version is not None and version != str(row.version):
        raise Refusal("refused.ticket_moved")
    return row


def claim(desk: TicketDesk, ticket_id: str, version: str) -> None:
    """Take a ticket that waits.

    Raises: Refusal: somebody else has it.
    """
    row = the_ticket(desk, ticket_id, version)
    if row.claimed_by is not None and row.claimed_by != desk.login:
        raise Refusal("refused.ticket_claimed", login=row.claimed_by)
    _move(desk, row, "claim", claimed_by=desk.login)


def answer(desk: TicketDesk, ticket_id: str, version: str, text: str) -> None:
    """Answer a ticket, which is claimed by it; the parent is told at once.

    Raises: Refusal: the text is empty or too long, or somebody else has the ticket.
    """
    row = the_ticket(desk, ticket_id, version)
    text = text.strip()
    if not text:
        raise Refusal("refused.ticket_empty")
    if len(text) > LONGEST_ANSWER:
        raise Refusal("refused.ticket_long", most=LONGEST_ANSWER, length=len(text))
    if row.state == "waiting":
        _move(desk, row, "claim", claimed_by=desk.login)
    _mine(desk, row)
    message_id = add_message(desk.session, desk.keys, row, "reply", text, desk.now, desk.name)
    row.first_reply_at = row.first_reply_at or desk.now
    row.waits_since = None
    _move(desk, row, "answer", length=len(text))
    order_answer(desk.session, desk.keys, row, message_id, desk.now)


def hand_over(desk: TicketDesk, ticket_id: str, version: str, to_login: str | None, note: str) -> None:
    """Give a ticket to a colleague, or (None) back to the list. `note`: for colleagues, never shown to the parent.

    Raises: Refusal: somebody else has the ticket, or it is not one that can be given.
    """
    row = the_ticket(desk, ticket_id, version)
    _mine(desk, row)
    if note.strip():
        add_message(desk.session, desk.keys, row, "note", note.strip()[:LONGEST_ANSWER], desk.now, desk.name)
    _move(desk, row, "give_back" if to_login is None else "hand_over", claimed_by=to_login)


def close(desk: TicketDesk, ticket_id: str, version: str, reason: str) -> None:
    """End a ticket. One that waits for an answer is only closed with a reason, which stays in the log.

    Raises: Refusal: no reason, or somebody else has the ticket.
    """
    row = the_ticket(desk, ticket_id, version)
    _mine(desk, row)
    reason = " ".join(reason.split())
    if row.waits_since is not None and not reason:
        raise Refusal("refused.ticket_unanswered")
    shut(row, "closed", desk.now)
    _move(desk, row, "close", reason=reason)


def family_of(session: Session, row: TicketRow) -> str | None:
    """The family that the one who asked belongs to; None for none."""
    return families_of(session, (row,)).get(row.chat_key)


def families_of(session: Session, rows: Sequence[TicketRow]) -> dict[str, str]:
    """By hidden address: the family that the one who asked belongs to; who belongs to none is not there."""
    chats = {row.chat_key for row in rows}
    statement = select(CaregiverRow.chat_key, CaregiverRow.family_id).where(col(CaregiverRow.chat_key).in_(chats))
    found: dict[str, str] = {}
    for chat_key, family_id in session.exec(statement.order_by(col(CaregiverRow.joined_at))).all():
        found.setdefault(chat_key, family_id)
    return found


def late_tickets(session: Session, hours: Hours, now: datetime) -> list[LateTicket]:
    """What waits longer than it may, and urgent ones that nobody has taken yet, for the alarms.

    Out of the hours only urgent ones, which whoever is on call looks at; for the others nobody could act.
    """
    waits = (col(TicketRow.state).in_(OPEN), col(TicketRow.waits_since).is_not(None))
    rows = session.exec(select(TicketRow).where(*waits).order_by(col(TicketRow.waits_since))).all()
    somebody_works = hours.are_now(now)
    found = [as_listed(hours, row, now) for row in rows]
    return [
        LateTicket(
            one.label,
            one.clock.minutes,
            one.urgent,
            claimed=one.row.claimed_by is not None,
            late=one.clock.late,
            since=one.row.waits_since,
        )
        for one in found
        if one.clock is not None and _is_alarming(one, one.clock, somebody_works=somebody_works)
    ]


def _is_alarming(one: Listed, clock: Waiting, *, somebody_works: bool) -> bool:
    if one.urgent:
        return clock.late or one.row.claimed_by is None
    return clock.late and somebody_works


def _mine(desk: TicketDesk, row: TicketRow) -> None:
    if row.claimed_by not in {None, desk.login} and not desk.may_take_over:
        raise Refusal("refused.ticket_claimed", login=row.claimed_by or "")


def _move(
    desk: TicketDesk,
    row: TicketRow,
    move: Move,
    *,
    claimed_by: str | None = None,
    length: int | None = None,
    reason: str = "",
) -> None:
    state = after(move, row.state)
    if state is None:
        raise Refusal("refused.ticket_state")
    before = {"state": row.state, "claimed_by": row.claimed_by or ""}
    if move in {"claim", "hand_over", "give_back"}:
        row.claimed_by, row.claimed_at = claimed_by, desk.now if claimed_by else None
    row.state, row.version, row.changed_at = state, row.version + 1, desk.now
    after_it: dict[str, object] = {"state": row.state, "claimed_by": row.claimed_by or ""}
    if length is not None:
        after_it["characters"] = length
    note_change_by(desk.session, desk.by, f"ticket.{move}", label_of(row.id), before, after_it, reason)
    desk.session.add(row)
    desk.session.flush()
