"""What a family hears of a home visit without asking: a proposal, a reminder, a change. Written as orders, worded when sent.

An order carries the version of the visit that it is about. When it is sent the visit is read anew: at another version
it says something that is no longer true, and is withheld.
"""

from datetime import datetime

from sqlmodel import Session

from bot.events.visit_rows import HomeVisitRow
from bot.sealing import Keyring


def tell_family(session: Session, keys: Keyring, row: HomeVisitRow, now: datetime) -> int:
    """Order what the family has to hear of the visit as it stands now. Returns how many messages."""
    return 0


def withdraw_messages(session: Session, visit_id: str, reason: str, now: datetime) -> int:
    """Hold back what still waits to be said about the visit. Returns how many messages."""
    return 0
