"""What a person does not want to be written to about: everything, one topic, or one child. Asked for every message.

To stop takes one tap or one word, works at once, needs no reason, and also holds for urgent news: stop means stop. What
a person asks for after it (a booking, a visit, a question) is answered. A guardian who stops a child's messages stops
them for everybody who looks after it, because after a loss nobody of the family should be reminded; anybody else stops
their own. Cards are only for those who asked for them. See docs/decisions/0015-stop-means-stop.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, or_, select

from bot.outreach.choice_rows import OutreachChoiceRow

EVERYTHING = "*"
TOPICS = ("immunization", "checkups", "cards", "events", "announcements")
"""What can be muted apart."""

ONLY_IF_ASKED_FOR = frozenset({"cards"})

StopReason = Literal["stopped", "child_stopped", "muted", "not_asked_for"]


@dataclass(frozen=True)
class Choices:
    """The choices around one chat, newest last. Pure; `stopped_because` is the decision."""

    made: tuple[tuple[str | None, str, bool, datetime], ...] = ()
    """Child (None: whatever it is about), topic, wanted, since when."""

    def stopped_because(self, child_id: str | None, topic: str, asked_at: datetime | None = None) -> StopReason | None:
        """Why nothing may be sent about this; None where it may.

        `asked_at`: when this person asked for what it is about, None if nobody did; a stop of everything before it
        does not hold for it.
        """
        if self.stopped_everything_since(asked_at):
            return "stopped"
        if child_id is not None and self._any_no(child_id):
            return "child_stopped"
        wanted = self._latest(None, topic)
        if wanted is False:
            return "muted"
        return "not_asked_for" if wanted is None and topic in ONLY_IF_ASKED_FOR else None

    def stopped_everything_since(self, asked_at: datetime | None) -> bool:
        """Whether everything is stopped, and was not before `asked_at` (None: whenever)."""
        said = [(wanted, at) for child, about, wanted, at in self.made if (child, about) == (None, EVERYTHING)]
        return bool(said) and not said[-1][0] and (asked_at is None or said[-1][1] > asked_at)

    def resumed_at(self, child_id: str | None) -> datetime | None:
        """When messages about this were last asked for again; None if they never were."""
        found = [
            at for child, topic, wanted, at in self.made if wanted and topic == EVERYTHING and child in {None, child_id}
        ]
        return max(found, default=None)

    def _latest(self, child_id: str | None, topic: str) -> bool | None:
        said = [wanted for child, about, wanted, _ in self.made if (child, about) == (child_id, topic)]
        return said[-1] if said else None

    def _any_no(self, child_id: str) -> bool:
        """A child's messages can be stopped by the chat itself and by a guardian for all; each is taken back apart."""
        return any(child == child_id and topic == EVERYTHING and not wanted for child, topic, wanted, _ in self.made)


def stopped(session: Session, chat_key: str, subject: str, topic: str) -> StopReason | None:
    """Why nothing may be sent to this chat about a subject ("child:<id>", "booking:<id>") and topic; None: it may."""
    kind, _, rest = subject.partition(":")
    child_id = rest.partition(":")[0] if kind == "child" else None
    return choices_of(session, [(chat_key, child_id)])[chat_key, child_id].stopped_because(child_id, topic)


def choices_of(session: Session, wanted: Sequence[tuple[str, str | None]]) -> dict[tuple[str, str | None], Choices]:
    """The choices around each pair of chat and child (None: no child)."""
    keys, children = {key for key, _ in wanted}, {child for _, child in wanted if child is not None}
    of_all = (col(OutreachChoiceRow.chat_key).is_(None)) & col(OutreachChoiceRow.child_id).in_(children)
    statement = select(OutreachChoiceRow).where(or_(col(OutreachChoiceRow.chat_key).in_(keys), of_all))
    rows = session.exec(statement.order_by(col(OutreachChoiceRow.chosen_at), col(OutreachChoiceRow.id))).all()
    by_chat: dict[str | None, list[OutreachChoiceRow]] = {}
    for row in rows:
        by_chat.setdefault(row.chat_key, []).append(row)
    return {
        (key, child): Choices(
            tuple(
                (row.child_id, row.topic, row.wanted, row.chosen_at)
                for row in (*by_chat.get(None, ()), *by_chat.get(key, ()))
                if row.child_id in {None, child}
            )
        )
        for key, child in wanted
    }


def choices_copy(session: Session, chat_key: str) -> list[dict[str, object]]:
    """A person's own choices as plain data, for a copy of what is kept."""
    statement = select(OutreachChoiceRow).where(col(OutreachChoiceRow.chat_key) == chat_key)
    return [
        {"child": row.child_id, "topic": row.topic, "wanted": row.wanted, "since": row.chosen_at.isoformat()}
        for row in session.exec(statement.order_by(col(OutreachChoiceRow.id))).all()
    ]


def stop_everything(session: Session, chat_key: str, now: datetime) -> None:
    """Nothing more to this chat until it asks again."""
    _choose(session, chat_key, None, EVERYTHING, now, wanted=False)


def stop_child(session: Session, chat_key: str | None, child_id: str, now: datetime) -> None:
    """Nothing more about a child: to one chat, or (None) to everybody; the caller has checked the right to."""
    _choose(session, chat_key, child_id, EVERYTHING, now, wanted=False)


def resume(session: Session, chat_key: str, now: datetime, child_ids: Iterable[str] = ()) -> None:
    """Messages again for this chat. `child_ids`: children it has stopped for everybody or itself, and may resume."""
    _choose(session, chat_key, None, EVERYTHING, now, wanted=True)
    for child_id in child_ids:
        resume_child(session, chat_key, child_id, now)


def resume_child(session: Session, chat_key: str | None, child_id: str, now: datetime) -> None:
    """Messages about a child again; takes back what the same chat, or (None) a guardian for everybody, had stopped."""
    _choose(session, chat_key, child_id, EVERYTHING, now, wanted=True)


def choose_topic(session: Session, chat_key: str, topic: str, now: datetime, *, wanted: bool) -> None:
    """Mute one topic for this chat, or want it (again)."""
    if topic not in TOPICS:
        message = f"no topic {topic}; one of {', '.join(TOPICS)}"
        raise ValueError(message)
    _choose(session, chat_key, None, topic, now, wanted=wanted)


def forget_choices(session: Session, chat_key: str) -> None:
    """Take the choices of a person away, when they are erased."""
    session.execute(delete(OutreachChoiceRow).where(col(OutreachChoiceRow.chat_key) == chat_key))


def _choose(
    session: Session, chat_key: str | None, child_id: str | None, topic: str, now: datetime, *, wanted: bool
) -> None:
    """One row for each choice: the newest answer stands. Taking back what was never stopped writes nothing."""
    statement = select(OutreachChoiceRow).where(
        _is(OutreachChoiceRow.chat_key, chat_key),
        _is(OutreachChoiceRow.child_id, child_id),
        col(OutreachChoiceRow.topic) == topic,
    )
    row = session.exec(statement).first()
    if row is None and wanted and topic == EVERYTHING:
        return
    row = row or OutreachChoiceRow(chat_key=chat_key, child_id=child_id, topic=topic, wanted=wanted, chosen_at=now)
    if row.id is None or row.wanted != wanted or not wanted:  # said again: what was asked for in between stops too
        row.wanted, row.chosen_at = wanted, now
        session.add(row)
        session.flush()


def _is(column: str | None, value: str | None) -> ColumnElement[bool]:
    return col(column).is_(None) if value is None else col(column) == value
