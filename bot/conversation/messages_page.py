"""`/messages`: what was sent to this chat unasked, what waits, and what was not sent and why."""

from typing import Any

from bot.flow import Visit, button
from bot.messages import Reply, Say
from bot.outreach.ledger import LedgerLine, ledger_of_chat

SHOWN = 12

_STATES = {
    "queued": "ledger.waits",
    "awaiting_retry": "ledger.waits",
    "sending": "ledger.on_its_way",
    "sent": "ledger.sent",
    "failed": "ledger.failed",
    "withheld": "ledger.withheld",
    "expired": "ledger.expired",
    "unreachable": "ledger.unreachable",
    "unknown": "ledger.unknown",
}

_REASONS = {
    "quiet_hours": "ledger.because_quiet",
    "day_budget": "ledger.because_budget",
    "week_budget": "ledger.because_budget",
    "bundle_full": "ledger.because_budget",
    "done": "ledger.because_done",
    "booked": "ledger.because_booked",
    "declined": "ledger.because_declined",
    "muted": "ledger.because_stopped",
    "stopped": "ledger.because_stopped",
    "child_stopped": "ledger.because_stopped",
    "not_asked_for": "ledger.because_stopped",
    "moved": "ledger.because_moved",
    "cancelled": "ledger.because_cancelled",
    "no_consent": "ledger.because_no_consent",
}

_TOPICS = frozenset({"immunization", "checkups", "cards", "events", "announcements"})


def messages_page(visit: Visit) -> Reply:
    """The newest messages of this chat, one line each."""
    found = ledger_of_chat(visit.session, visit.chat_key, visit.now, SHOWN)
    if not found:
        return Reply((Say("ledger.none"),), ((button("command.nudges", "nudge:settings"),),))
    lines = (Say("ledger.title", look="title"), *(_line(visit, line) for line in found))
    return Reply((*lines, Say("ledger.note", look="note")))


def messages_copy(visit: Visit) -> list[dict[str, Any]]:
    """The same as data to take along, all that is kept."""
    return [
        {
            "about": line.topic,
            "state": line.state,
            "reason": line.reason,
            "due_at": line.due_at.isoformat(),
            "sent_at": line.sent_at.isoformat() if line.sent_at else None,
        }
        for line in ledger_of_chat(visit.session, visit.chat_key, visit.now)
    ]


def _line(visit: Visit, line: LedgerLine) -> Say:
    topic = Say(f"topic.{line.topic}") if line.topic in _TOPICS else Say("ledger.other")
    day = visit.day_of(line.sent_at or line.due_at)
    because = _REASONS.get(line.reason or "")
    state = Say(_STATES[line.state])
    if because is None or line.state == "sent":
        return Say("ledger.line", {"day": day, "topic": topic, "state": state}, "bullet")
    return Say("ledger.line_why", {"day": day, "topic": topic, "state": state, "why": Say(because)}, "bullet")
