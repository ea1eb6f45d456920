"""The words of an announcement at the moment of sending: the text of the reader's language, if it is still for them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlmodel import Session

from bot.families.agreed_chats import still_agreed
from bot.messages import Quote, Say
from bot.outreach.announcement import Announcement
from bot.outreach.announcements import announcement_of, announcement_row, subject_of
from bot.outreach.audience import PURPOSE, silence_around
from bot.outreach.composing import Composer, Due, Part, Wait, Withhold
from bot.sealing import Keyring

LOOK_AGAIN_AFTER = timedelta(seconds=30)
"""A message that was in the sender's hands when its announcement was paused comes back to it after this."""


def announcement_composer(keys: Keyring, day_of: Callable[[datetime], date]) -> Composer:
    """The composer of the kind "announcement", for the sender. `day_of`: the families' calendar day of an instant."""

    def compose(session: Session, due: Due, now: datetime) -> Part | Withhold | Wait:
        row = announcement_row(session, due.subject)
        if row is None or row.state in {"cancelled", "done"}:
            return Withhold("cancelled")
        one = announcement_of(row)
        if due.subject != subject_of(one.id):
            return _test_part(one)
        if row.state != "running":
            return Wait(now + LOOK_AGAIN_AFTER, "paused")
        return _withheld(session, keys, due, one, day_of(now)) or _part(one, due)

    return compose


def _withheld(session: Session, keys: Keyring, due: Due, one: Announcement, today: date) -> Withhold | None:
    """Why it is no longer for them: consent taken back, the family left, everything stopped, grown out of the rule."""
    if due.family_id is None:
        return Withhold("erased")
    agreed = still_agreed(session, keys, PURPOSE, due.chat_key, due.family_id)
    if agreed is None:
        return Withhold("no_consent")
    silence = silence_around(session, one.topic, [agreed])
    if silence.chats:
        return Withhold("muted")
    stopped = silence.children_of(due.chat_key)
    if agreed.children and len(stopped) == len(agreed.children):
        return Withhold("stopped")
    return None if one.rule.fits_family(agreed.children, stopped, today) else Withhold("moved")


def _part(one: Announcement, due: Due) -> Part:
    return Part((Quote(one.texts[due.language]), Say("announce.why", look="note")))


def _test_part(one: Announcement) -> Part:
    return Part((Say("announce.test", {"id": one.id}, "note"), Quote(one.texts["zh"]), Quote(one.texts["en"])))
