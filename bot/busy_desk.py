"""What a year leaves on the desks of a made-up town: tickets, messages, announcements, codes of bookings, the audit log.

For measuring the staff pages full; the demonstration does without. Nobody in it exists (see `demo_families`), and all is
by dice with a fixed seed.
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.audit_log import AuditRow
from bot.curation.curation_rows import KeptQuestionRow
from bot.demo_families import Home, Rows, row_id
from bot.events.admission_rows import PassRow
from bot.events.event_rows import BookingChildRow, BookingRow, EventRow, OfferNoteRow
from bot.events.pass_code import CODE_CHARACTERS, LETTERS
from bot.events.visit_rows import HomeVisitMoveRow, HomeVisitRow
from bot.outreach.announcement_recipients import key_prefix
from bot.outreach.announcement_rows import AnnouncementRow, RecipientRow
from bot.outreach.audience_rule import AudienceRule, plain_rule
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.outreach.staff_chats import StaffChatRow
from bot.questions.question_log import QuestionRow
from bot.sealing import Keyring, place_of
from bot.tickets.ticket_rows import TicketMessageRow, TicketRow

STAFF = ("lin", "chen", "zhou", "wu")
"""Logins under which the year's changes were made."""

YEAR_DAYS = 360
QUESTIONS_A_FAMILY = 5.2
"""At least so many: 104,000 in a town of 20,000 families."""

TICKET_FAMILIES, OPEN_SHARE, MESSAGES_A_FAMILY = 5, 0.03, 8
"""One family in so many wrote to a person in the year; this share of the tickets is open; messages sent to a family."""

ANNOUNCED = ("draft", "testing", "awaiting_second_person", "running", "paused", "done")
OLD_ANNOUNCEMENTS = 40
_TEXT_ZH, _TEXT_EN = "本周六上午有亲子游戏课（示例）。", "A sample announcement for a made-up town."
_RULES = (AudienceRule(), AudienceRule(districts=("浦东新区", "静安区"), from_months=6, to_months=18))
_DONE: tuple[tuple[str, str, Mapping[str, object], Mapping[str, object]], ...] = (
    ("session.begin", "staff:{who}", {}, {}),
    ("guide.save", "care.teeth", {"note": ""}, {"note": "更清楚的一句"}),
    ("events.edit", "event", {"capacity": 12}, {"capacity": 16}),
    ("ticket.answer", "T-1", {"state": "claimed"}, {"state": "answered", "characters": 120}),
    ("announcements.start", "announcement", {"state": "testing"}, {"state": "running"}),
)


def spread_questions(dice: Random, rows: Rows, families: int, now: datetime) -> None:
    """Ask the town's questions over the whole year instead of mostly lately, some of them more than once."""
    asked = rows[QuestionRow]
    missing = math.ceil(families * QUESTIONS_A_FAMILY) - len(asked)
    rows[QuestionRow] = [*asked, *(dict(dice.choice(asked)) for _ in range(missing))]
    for row in rows[QuestionRow]:
        row["asked_at"] = now - timedelta(days=dice.randrange(YEAR_DAYS), minutes=dice.randrange(1, 900))
    rows[QuestionRow].sort(key=lambda row: row["asked_at"])  # numbers grow with time


def busy_desk(dice: Random, keys: Keyring, homes: list[Home], before: Rows, now: datetime) -> Rows:
    """The rows of the year for these families. `before`: the town's own rows, which these point at."""
    rows: Rows = defaultdict(list)
    _contacts(dice, keys, rows, homes, now)
    for number, home in enumerate(homes):
        if number % TICKET_FAMILIES == 0:
            _ticket(dice, keys, rows, number, home, now)
        _messages(dice, rows, number, home, now)
    _announcements(dice, rows, homes, now)
    _at_the_door(dice, rows, before, homes, now)
    rows[HomeVisitMoveRow] = [
        {"visit_id": row["id"], "at": row["asked_at"], "by": "family", "move": "ask", "state": "requested"}
        for row in before[HomeVisitRow]
    ]
    rows[AuditRow] = [_change(dice, now, place, len(homes)) for place in range(2 * len(homes))]
    rows[KeptQuestionRow] = [
        {"text": row["text"][:300], "language": "zh", "age_months": row["age_months"], "topic_id": topic, "added_by": "chen", "added_at": now}
        for row in before[QuestionRow][-60:]
        for topic in json.loads(row["topics"])
    ]  # fmt: skip
    return rows


def _contacts(dice: Random, keys: Keyring, rows: Rows, homes: list[Home], now: datetime) -> None:
    for place, chat in enumerate([*(home.chat for home in homes), *(f"dec0staff{number}" for number in range(3))]):
        gone = dice.random() < 0.03
        rows[ContactRow].append({
            "chat_key": chat, "channel": "console", "address": keys.seal(str(place), place_of("contact", chat, "address")),
            "language": "zh" if dice.random() < 0.9 else "en", "reachable_since": None if gone else now - timedelta(days=300),
            "unreachable_since": now - timedelta(days=9) if gone else None,
            "last_wrote_at": now - timedelta(days=dice.randrange(YEAR_DAYS)),
        })  # fmt: skip
    rows[StaffChatRow] = [{"chat_key": f"dec0staff{number}"} for number in range(3)]


def _ticket(dice: Random, keys: Keyring, rows: Rows, number: int, home: Home, now: datetime) -> None:
    ticket_id, asked_at = row_id(11, number), now - timedelta(days=dice.randrange(YEAR_DAYS), minutes=90)
    is_open = dice.random() < OPEN_SHARE or number == 0
    state = "closed" if not is_open else "waiting" if number == 0 else dice.choice(("waiting", "claimed", "answered"))
    if is_open:
        asked_at = now - timedelta(days=dice.randrange(9), minutes=30)
    answered_at = asked_at + timedelta(hours=dice.randrange(1, 30))
    rows[TicketRow].append({
        "id": ticket_id, "chat_key": home.chat, "language": "zh", "state": state,
        "urgency": "go_now" if dice.random() < 0.02 else "none", "consent": 1, "asked_at": asked_at,
        "waits_since": asked_at if state in {"waiting", "claimed"} else None,
        "claimed_by": None if state == "waiting" else "wu", "claimed_at": None if state == "waiting" else asked_at,
        "first_reply_at": answered_at if state in {"answered", "closed"} else None,
        "closed_at": None if is_open else answered_at + timedelta(days=1),
        "closed_because": None if is_open else "helped", "version": 2, "changed_at": answered_at,
    })  # fmt: skip
    said = (
        ("question", "", "宝宝添加辅食后拉肚子，要停吗？（示例）"),
        ("age", "", "8"),
        ("reply", "吴老师", "先观察精神和尿量。（示例）"),
    )
    for place, (kind, author, text) in enumerate(said[: 2 if state in {"waiting", "claimed"} else 3]):
        message_id = row_id(12, number, place)
        sealed = keys.seal(text, place_of("ticket_message", message_id, "text"))
        rows[TicketMessageRow].append({
            "id": message_id, "ticket_id": ticket_id, "number": place + 1, "at": asked_at, "kind": kind,
            "author": author, "text": sealed,
        })  # fmt: skip


def _messages(dice: Random, rows: Rows, number: int, home: Home, now: datetime) -> None:
    for place in range(dice.randrange(2 * MESSAGES_A_FAMILY)):
        due_at = now - timedelta(days=dice.randrange(1, YEAR_DAYS), minutes=dice.randrange(600))
        kind, lane = dice.choice(
            (("nudge", "reminder"), ("nudge", "reminder"), ("booking", "urgent"), ("ticket", "urgent"))
        )
        state, reason = dice.choices((("sent", None), ("withheld", "muted"), ("failed", "refused")), (90, 8, 2))[0]
        outgoing_id = row_id(13, number, place)
        rows[OutgoingRow].append(
            _message(outgoing_id, f"demo:{outgoing_id}", home, due_at, kind=kind, lane=lane, state=state, reason=reason)
        )


def _message(
    outgoing_id: str, key: str, home: Home, due_at: datetime, *, kind: str, lane: str, state: str, reason: str | None
) -> dict[str, Any]:
    waits = state == "queued"
    about_child = kind == "nudge"
    return {
        "id": outgoing_id, "key": key, "chat_key": home.chat, "family_id": home.id,
        "child_id": home.child_id if about_child else None, "kind": kind, "topic": kind, "lane": lane,
        "subject": f"child:{home.child_id}:demo" if about_child else key.rpartition(":")[0], "due_at": due_at,
        "expires_at": due_at + timedelta(days=1), "on_doubt": "skip", "state": state, "reason": reason, "attempts": 1,
        "next_try_at": due_at if waits else None, "sent_at": due_at if state == "sent" else None,
        "created_at": due_at, "changed_at": due_at,
    }  # fmt: skip


def _announcements(dice: Random, rows: Rows, homes: list[Home], now: datetime) -> None:
    agreed = [home for home in homes if "calendar" in home.agreed]
    for number, state in enumerate([*ANNOUNCED, *("done" for _ in range(OLD_ANNOUNCEMENTS))]):
        one, at = row_id(14, number), now - timedelta(hours=20 * number + 1)
        begun = state in {"running", "paused", "done"}
        rows[AnnouncementRow].append({
            "id": one, "topic": "announcements", "state": state, "text_zh": _TEXT_ZH, "text_en": _TEXT_EN,
            "rule": json.dumps(plain_rule(_RULES[number % 2]), ensure_ascii=False), "made_by": "chen", "created_at": at,
            "changed_at": at, "tested_at": None if state == "draft" else at, "size_confirmed": len(agreed),
            "started_by": None if state in {"draft", "testing"} else "chen", "confirmed_by": "lin" if begun else None,
            "starts_at": at if begun else None, "audience_size": len(agreed) if begun else None,
            "paused_by": "lin" if state == "paused" else None, "why_paused": "wording" if state == "paused" else None,
            "ended_at": at if state == "done" else None, "settled_at": at if state == "done" else None,
            "frozen_count": len(agreed) if begun else 0, "ordered_to": len(agreed) // 2 if state == "running" else len(agreed),
        })  # fmt: skip
        if begun and number < len(ANNOUNCED):
            _recipients(dice, rows, one, state, agreed, at)


def _recipients(dice: Random, rows: Rows, one: str, state: str, agreed: list[Home], at: datetime) -> None:
    for place, home in enumerate(agreed, start=1):
        outcome = dice.choices(("sent", "skipped", "failed"), (95, 4, 1))[0] if state == "done" else None
        rows[RecipientRow].append({
            "announcement_id": one, "number": place, "chat_key": home.chat, "family_id": home.id, "outcome": outcome,
            "reason": "muted" if outcome == "skipped" else None,
        })  # fmt: skip
        if state == "done" or (state == "running" and place > len(agreed) // 2):
            continue
        sent = dice.random() < (0.7 if state == "paused" else 0.98)
        outgoing_id = row_id(15 if state == "running" else 16, place)
        key, now_is = f"{key_prefix(one)}{home.chat}", "sent" if sent else "queued"
        row = _message(outgoing_id, key, home, at, kind="announcement", lane="bulk", state=now_is, reason=None)
        if state == "paused":
            row["next_try_at"] = None
        rows[OutgoingRow].append(row)


def _at_the_door(dice: Random, rows: Rows, before: Rows, homes: list[Home], now: datetime) -> None:
    codes: set[str] = set()
    for row in before[BookingRow]:
        code = "".join(dice.choices(LETTERS, k=CODE_CHARACTERS))
        if code not in codes:
            codes.add(code)
            rows[PassRow].append({"booking_id": row["id"], "code": code})
    booked = {(row["event_id"], row["family_id"]) for row in before[BookingRow]}
    for row in before[EventRow]:
        row["waiting"] = 0
    coming = [row for row in before[EventRow] if row["status"] == "published"]
    for number, event in enumerate(coming):
        for place, home in enumerate(dice.sample(homes, min(12, len(homes)))):
            if (event["id"], home.id) in booked or not home.child_id:
                continue
            booking_id, at = row_id(17, number, place), now - timedelta(days=3, minutes=place)
            rows[BookingRow].append({
                "id": booking_id, "event_id": event["id"], "family_id": home.id, "chat_key": home.chat, "state": "waiting",
                "children": 1, "adults": 1, "seats": 1, "waits_from": at, "created_at": at, "changed_at": at,
            })  # fmt: skip
            rows[BookingChildRow].append({"booking_id": booking_id, "child_id": home.child_id})
            note = {
                "event_id": event["id"],
                "booking_id": booking_id,
                "at": at,
                "what": "none_free",
                "free": 0,
                "needed": 1,
            }
            rows[OfferNoteRow].append(note)
            event["waiting"] += 1


def _change(dice: Random, now: datetime, place: int, span: int) -> dict[str, Any]:
    who = dice.choice(STAFF)
    action, subject, old, new = dice.choice(_DONE)
    at = now - timedelta(days=YEAR_DAYS) + timedelta(days=YEAR_DAYS) * place / (2 * span)
    return {
        "at": at, "who": who, "action": action, "subject": subject.format(who=who), "reason": "",
        "before": json.dumps(old, ensure_ascii=False) if old else "", "after": json.dumps(new, ensure_ascii=False) if new else "",
    }  # fmt: skip
