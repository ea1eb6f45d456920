"""An announcement from draft to done: which move is allowed when, and what it makes of it. Pure.

draft -> testing -> (awaiting_second_person ->) scheduled -> running <-> paused -> done; all but done may be cancelled.
Whoever rewrites it begins again, so that what was tested and confirmed is what is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from bot.errors import Refusal
from bot.outreach.audience_rule import AudienceRule

State = Literal["draft", "testing", "awaiting_second_person", "scheduled", "running", "paused", "done", "cancelled"]
STATES: tuple[State, ...] = get_args(State)

Topic = Literal["announcements", "events", "immunization", "checkups"]
"""What a family can mute: news of the guidance service, of activities, of vaccination, of check-ups."""

TOPICS: tuple[Topic, ...] = get_args(Topic)

MOST_CHARACTERS = 800
"""Longer messages meet Telegram's limits sooner, and few read them on a phone."""

MOST_LINES = 20
USEFUL_FOR = timedelta(hours=72)
"""So long after its start an announcement is still sent; held back longer (a full week, quiet hours) it expires."""

MOST_GROWTH = 1.2
"""An audience that grew by more than a fifth since it was confirmed is confirmed again."""

SAME_ERRORS_UNTIL_PAUSE = 20


@dataclass(frozen=True)
class Announcement:
    """One announcement. Instants are UTC.

    `texts`: plain text by language, both there. `made_by`, `started_by`, `confirmed_by`, `paused_by`: names of staff.
    `size_confirmed`: how many it was to reach when it was started. `starts_at`: None until started.
    `audience_size`: the frozen audience, None until frozen. `why_paused`: a word for the record, None while it runs.
    """

    id: str
    topic: Topic
    texts: Mapping[str, str]
    rule: AudienceRule
    made_by: str
    state: State = "draft"
    tested_at: datetime | None = None
    started_by: str | None = None
    confirmed_by: str | None = None
    size_confirmed: int | None = None
    starts_at: datetime | None = None
    audience_size: int | None = None
    paused_by: str | None = None
    why_paused: str | None = None
    ended_at: datetime | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When it is no longer sent; None until started."""
        return None if self.starts_at is None else self.starts_at + USEFUL_FOR


@dataclass(frozen=True)
class Tally:
    """Where every recipient of a frozen audience stands. `skipped`: by the reason recorded; `open`: not final yet."""

    audience: int
    sent: int = 0
    failed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
    open: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether nobody is lost: everyone of the audience is counted once."""
        return self.sent + self.failed + sum(self.skipped.values()) + self.unknown + self.open == self.audience


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts as they are sent: plain, trimmed, in both languages.

    Raises: Refusal: one is missing, too long, in the wrong language, or holds what no message may hold.
    """
    return {"zh": _checked(texts.get("zh", ""), "zh"), "en": _checked(texts.get("en", ""), "en")}


def check_topic(topic: str) -> Topic:
    """The topic by its name.

    Raises: Refusal: there is no such topic.
    """
    for known in TOPICS:
        if known == topic:
            return known
    raise Refusal("announce.no_such_topic", topics=", ".join(TOPICS))


def rewritten(
    one: Announcement, texts: Mapping[str, str] | None = None, rule: AudienceRule | None = None
) -> Announcement:
    """A draft again, with other texts or another audience.

    Raises: Refusal: it has started, or a text cannot be.
    """
    _only_in(one, "draft", "testing", "awaiting_second_person")
    return replace(
        one,
        texts=one.texts if texts is None else check_texts(texts),
        rule=rule or one.rule,
        state="draft",
        tested_at=None,
        started_by=None,
        confirmed_by=None,
        size_confirmed=None,
        starts_at=None,
    )


def tried_out(one: Announcement, now: datetime) -> Announcement:
    """Sent to the staff's own chats; may be repeated.

    Raises: Refusal: it has started.
    """
    _only_in(one, "draft", "testing")
    return replace(one, state="testing", tested_at=now)


def started(
    one: Announcement, by: str, size: int, largest_alone: int, now: datetime, starts_at: datetime | None = None
) -> Announcement:
    """Scheduled for now or later; above `largest_alone` recipients a second person confirms first.

    Raises: Refusal: it was not tested, has started, reaches nobody, or the start lies in the past.
    """
    if one.state == "draft":
        raise Refusal("announce.not_tested")
    _only_in(one, "testing")
    if size == 0:
        raise Refusal("announce.reaches_nobody")
    if starts_at is not None and starts_at < now:
        raise Refusal("announce.start_past")
    state: State = "scheduled" if size <= largest_alone else "awaiting_second_person"
    return replace(one, state=state, started_by=by, size_confirmed=size, starts_at=starts_at or now)


def confirmed(one: Announcement, by: str, size: int, now: datetime) -> Announcement:
    """Confirmed by a second person, for the audience as it is now.

    Raises: Refusal: nobody waits for that, or it is the person who made or started it.
    """
    if one.state != "awaiting_second_person":
        raise Refusal("announce.not_waiting", state=one.state)
    if by.strip().casefold() in {name.strip().casefold() for name in (one.made_by, one.started_by or "")}:
        raise Refusal("announce.same_person")
    starts_at = max(one.starts_at or now, now)
    return replace(one, state="scheduled", confirmed_by=by, size_confirmed=size, starts_at=starts_at)


def begun(one: Announcement, frozen: int, largest_alone: int, now: datetime) -> Announcement:
    """Running with its frozen audience, or back to the second person where that is larger than what was confirmed.

    Done at once where nobody is left. Raises: Refusal: it is not scheduled.
    """
    _only_in(one, "scheduled")
    if frozen == 0:
        return replace(one, state="done", audience_size=0, ended_at=now)
    grown = frozen > MOST_GROWTH * (one.size_confirmed or 0)
    if frozen > largest_alone and (one.confirmed_by is None or grown):
        return replace(one, state="awaiting_second_person", confirmed_by=None, size_confirmed=frozen)
    return replace(one, state="running", audience_size=frozen)


def paused(one: Announcement, by: str, why: str) -> Announcement:
    """Nothing of it is sent from now on.

    Raises: Refusal: it does not run.
    """
    _only_in(one, "running")
    return replace(one, state="paused", paused_by=by, why_paused=why)


def resumed(one: Announcement) -> Announcement:
    """It goes on with exactly those who are left.

    Raises: Refusal: it is not paused.
    """
    _only_in(one, "paused")
    return replace(one, state="running", paused_by=None, why_paused=None)


def finished(one: Announcement, tally: Tally, now: datetime) -> Announcement:
    """Done once every recipient is final; unchanged before that."""
    if one.state != "running" or tally.open or not tally.adds_up:
        return one
    return replace(one, state="done", ended_at=now)


def cancelled(one: Announcement, now: datetime) -> Announcement:
    """Never sent to anyone from now on; what was sent stays sent.

    Raises: Refusal: it is over already.
    """
    if one.state in {"done", "cancelled"}:
        raise Refusal("announce.over", state=one.state)
    return replace(one, state="cancelled", ended_at=now)


def _only_in(one: Announcement, *states: State) -> None:
    if one.state not in states:
        raise Refusal("announce.not_now", state=one.state)


def _checked(text: str, language: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n")]
    plain = "\n".join(lines)
    if not plain:
        raise Refusal("announce.text_missing", language=language)
    if len(plain) > MOST_CHARACTERS or len(lines) > MOST_LINES:
        raise Refusal("announce.text_long", language=language, most=MOST_CHARACTERS, lines=MOST_LINES)
    if any(not character.isprintable() and character != "\n" for character in plain):
        raise Refusal("announce.text_odd", language=language)
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in plain)
    if (language == "zh" and not chinese) or (language == "en" and chinese > len(plain) / 4):
        raise Refusal("announce.text_swapped", language=language)
    return plain
