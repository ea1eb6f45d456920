"""Private addresses of a child's calendar: open one, stop it, answer it.

An address is a random token that only its owner was shown; the database keeps a keyed hash. It shows what its owner may
see at that moment: whoever leaves the family, or a consent taken back, ends it without anybody remembering to.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from sqlmodel import Session, col, select

from bot.care.calendar_reading import calendar_for
from bot.care.care_rows import FeedRow
from bot.care.icalendar_file import calendar_file
from bot.care.sealed_entries import calendar_child
from bot.errors import Refusal
from bot.families.change_log import note_change
from bot.families.membership import require
from bot.families.roles import may
from bot.flow import Visit
from knowledge.faults import RecordFault
from knowledge.load_calendars import load_calendars
from knowledge.topics import Language

TOKEN_BYTES = 24


def open_feed(visit: Visit, child_id: str, *, named: bool) -> str:
    """Open an address for the visitor; an earlier one of theirs for this child stops. Returns the token, shown once.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    child = calendar_child(visit, child_id, "see")
    _revoke(visit, [row for row in _open(visit, child.id) if row.chat_key == visit.chat_key])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    visit.session.add(
        FeedRow(
            token_hash=_hashed(token, visit.secret),
            child_id=child.id,
            chat_key=visit.chat_key,
            language=visit.language,
            named=named,
            created_at=visit.now,
        )
    )
    visit.session.flush()
    note_change(visit, child.family_id, "feed_made", child.id)
    return token


def open_feeds(visit: Visit, child_id: str) -> int:
    """How many addresses of this child the visitor could stop.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    return len(_mine(visit, child_id))


def stop_feeds(visit: Visit, child_id: str) -> int:
    """Stop the visitor's addresses of a child; a guardian stops everybody's. Returns how many.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    rows = _mine(visit, child_id)
    if rows:
        _revoke(visit, rows)
        note_change(visit, calendar_child(visit, child_id, "see").family_id, "feed_stopped", child_id)
    return len(rows)


def answer_feed(
    session: Session, token: str, secret: bytes, visit_of: Callable[[str, Language], Visit]
) -> bytes | None:
    """The calendar behind an address as iCalendar; None where there is none (any more).

    `visit_of`: the owner's visit, by hidden chat address and language, so that their rights decide.
    """
    row = session.get(FeedRow, _hashed(token, secret))
    if row is None or row.revoked_at is not None:
        return None
    language: Language = "en" if row.language == "en" else "zh"
    visit = visit_of(row.chat_key, language)
    try:
        child = calendar_child(visit, row.child_id, "see")
    except Refusal as refusal:
        if refusal.phrase == "family.not_yours":  # the owner left: coming back does not bring the address back
            session.delete(row)
        return None
    try:
        calendar = calendar_for(visit, child)
    except RecordFault:  # the chat says what to mend; a subscription stays quiet until then
        calendar = None
    return calendar_file(child, calendar, load_calendars(), language, visit.now, named=row.named)


def _open(visit: Visit, child_id: str) -> list[FeedRow]:
    statement = select(FeedRow).where(col(FeedRow.child_id) == child_id, col(FeedRow.revoked_at).is_(None))
    return list(visit.session.exec(statement).all())


def _mine(visit: Visit, child_id: str) -> list[FeedRow]:
    child = calendar_child(visit, child_id, "see")
    everybodys = may(require(visit, child.family_id, "see").role, "remove")
    return [row for row in _open(visit, child.id) if everybodys or row.chat_key == visit.chat_key]


def _revoke(visit: Visit, rows: list[FeedRow]) -> None:
    for row in rows:
        row.revoked_at = visit.now
        visit.session.add(row)
    visit.session.flush()


def _hashed(token: str, secret: bytes) -> str:
    return hmac.new(secret, b"calendar feed " + token.encode(), hashlib.sha256).hexdigest()
