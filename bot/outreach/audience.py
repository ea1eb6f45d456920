"""Who an announcement reaches today: counted, shown as a masked sample, or read page by page to be frozen.

Only chats whose family's guardians agreed to news, that can be reached, that muted neither the topic nor everything.
Pages follow the order of hidden addresses, so that memory stays flat and no lock is long.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TypeAlias

from sqlmodel import Session, col, select

from bot.database import Database
from bot.families.agreed_chats import AgreedChat, agreed_chats
from bot.families.child import Child
from bot.families.consent import Purpose
from bot.outreach.audience_rule import AudienceRule
from bot.outreach.muting import choices_of
from bot.outreach.outreach_rows import ContactRow
from bot.sealing import Keyring
from knowledge.topics import Language

PURPOSE: Purpose = "news"
"""The consent under which announcements are sent, whatever their topic: reminders of one's own days, or a booking of
one's own, are something else than being written to with many others."""

CHATS_AT_ONCE = 500
COUNTED_AT_ONCE = 5_000
"""Where chats are only counted and nothing is locked."""

SHOWN_IN_A_SAMPLE = 5


Attended: TypeAlias = Callable[[Session, str, Sequence[str]], frozenset[str]]
"""Who of some chats (hidden addresses) came to an event, by its id: brought by wiring, since events live elsewhere."""


@dataclass(frozen=True)
class Recipient:
    """One chat that is meant. `child`: the one by whom its family is meant, None where no condition asks for one."""

    chat_key: str
    family_id: str
    language: Language
    channel: str
    child: Child | None


@dataclass(frozen=True)
class Page:
    """Some chats looked at. `last`: the hidden address to go on from; `left_out`: meant, but not reached, by reason."""

    last: str
    recipients: tuple[Recipient, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """One recipient of a sample: enough to see that the rule does what was meant, too little to know who it is."""

    chat: str
    channel: str
    language: Language
    district: str | None
    months: int | None


@dataclass(frozen=True)
class Preview:
    """How many an announcement would reach now, who is left out and why, and a sample."""

    size: int
    left_out: Mapping[str, int]
    sample: tuple[Shown, ...]


@dataclass(frozen=True)
class Silence:
    """`chats` that want nothing of a topic, or nothing at all; `children`: by chat, those it wants to hear nothing of."""

    chats: frozenset[str]
    children: Mapping[str, frozenset[str]]

    def children_of(self, chat_key: str) -> frozenset[str]:
        """The children of whom this chat is not to be reminded."""
        return self.children.get(chat_key, frozenset())


def audience_page(
    session: Session,
    keys: Keyring,
    topic: str,
    rule: AudienceRule,
    today: date,
    attended: Attended,
    after: str,
    most: int | None = None,
) -> Page | None:
    """The next chats after a hidden address, `most` of them (None: as many as are frozen at once); None at the end."""
    agreed = agreed_chats(session, keys, PURPOSE, after, most or CHATS_AT_ONCE)
    if not agreed:
        return None
    chats = sorted({one.chat_key for one in agreed})
    contacts = _contacts(session, chats)
    guests = attended(session, rule.attended, chats) if rule.attended else frozenset(chats)
    silence = silence_around(session, topic, agreed)
    left_out: Counter[str] = Counter()
    recipients = []
    for chat_key, families in groupby(agreed, key=lambda one: one.chat_key):
        stopped = silence.children_of(chat_key)
        family = next((one for one in families if rule.fits_family(one.children, stopped, today)), None)
        contact = contacts.get(chat_key)
        if family is None or chat_key not in guests:
            continue
        if rule.language is not None and contact is not None and contact.language != rule.language:
            continue
        why = _why_left_out(contact, muted=chat_key in silence.chats)
        if contact is None or why:
            left_out[why or "no_contact"] += 1
            continue
        child = _meant_child(rule, family, stopped, today)
        recipients.append(Recipient(chat_key, family.family_id, contact.language, contact.channel, child))
    return Page(chats[-1], tuple(recipients), left_out)


def silence_around(session: Session, topic: str, agreed: Sequence[AgreedChat]) -> Silence:
    """What these chats want nothing of."""
    pairs = [(one.chat_key, child.id) for one in agreed for child in one.children]
    chats = [(one.chat_key, None) for one in agreed]
    found = {pair: made.stopped_because(pair[1], topic) for pair, made in choices_of(session, [*chats, *pairs]).items()}
    children: dict[str, frozenset[str]] = {}
    for (chat, child), why in found.items():
        if child and why == "child_stopped":
            children[chat] = children.get(chat, frozenset()) | {child}
    silent = frozenset(chat for (chat, child), why in found.items() if child is None and why is not None)
    return Silence(silent, children)


def preview(
    database: Database,
    keys: Keyring,
    topic: str,
    rule: AudienceRule,
    today: date,
    attended: Attended,
    seed: str = "",
) -> Preview:
    """Count everyone who is meant today and show a few of them, the same few for the same `seed`."""
    size, left_out = 0, Counter[str]()
    sample: list[tuple[str, Shown]] = []
    for page in _pages(database, keys, topic, rule, today, attended):
        size += len(page.recipients)
        left_out.update(page.left_out)
        drawn = [(_lot(seed, one.chat_key), _masked(one, today)) for one in page.recipients]
        sample = heapq.nsmallest(SHOWN_IN_A_SAMPLE, [*sample, *drawn], key=lambda pair: pair[0])
    return Preview(size, dict(left_out), tuple(shown for _, shown in sample))


def _pages(
    database: Database, keys: Keyring, topic: str, rule: AudienceRule, today: date, attended: Attended
) -> Iterator[Page]:
    after = ""
    while True:
        with database.reading() as session:
            page = audience_page(session, keys, topic, rule, today, attended, after, COUNTED_AT_ONCE)
        if page is None:
            return
        yield page
        after = page.last


def _contacts(session: Session, chats: Sequence[str]) -> dict[str, "_Reach"]:
    wanted = (
        col(ContactRow.chat_key),
        col(ContactRow.channel),
        col(ContactRow.language),
        col(ContactRow.unreachable_since),
    )
    rows = session.execute(select(*wanted).where(col(ContactRow.chat_key).in_(chats))).all()
    return {
        row.chat_key: _Reach(row.channel, "en" if row.language == "en" else "zh", row.unreachable_since is None)
        for row in rows
    }


@dataclass(frozen=True)
class _Reach:
    """How a chat is reached, without its address, which nobody needs here."""

    channel: str
    language: Language
    reachable: bool


def _why_left_out(contact: _Reach | None, *, muted: bool) -> str | None:
    if muted:
        return "muted"
    if contact is None:
        return "no_contact"
    return None if contact.reachable else "unreachable"


def _meant_child(rule: AudienceRule, family: AgreedChat, stopped: frozenset[str], today: date) -> Child | None:
    if not rule.asks_for_a_child:
        return None
    fitting = (child for child in family.children if child.id not in stopped and rule.fits_child(child, today))
    return next(fitting, None)


def _masked(one: Recipient, today: date) -> Shown:
    child = one.child
    return Shown(
        chat=f"{one.chat_key[:4]}…",
        channel=one.channel,
        language=one.language,
        district=child.district if child else None,
        months=child.months_on(today) if child else None,
    )


def _lot(seed: str, chat_key: str) -> str:
    return hashlib.sha256(f"{seed}\n{chat_key}".encode()).hexdigest()
