"""The words of guided dialogues: a `Flow` asks step after step, a `Step` says which question is open.

A flow answers with a `Turn`. It writes no wording and knows no channel; what a person says meanwhile that is no answer
to the open question is answered as the question it is (`Aside`), and the dialogue can go on afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.messages import Button, Reply, Say, Value
from bot.sealing import Keyring
from knowledge.places import Place
from knowledge.topics import Language

FAMILY_ZONE = ZoneInfo("Asia/Shanghai")
"""Where nobody set another one."""

COUNSELLOR_HOURS = (time(9), time(17))
"""Where nobody set others."""


@dataclass(frozen=True)
class Visit:
    """Who is here and when. `now`: UTC; `today`: the families' calendar day.

    `day_of` gives the families' calendar day of an instant. `secret` hides chat addresses and invitation codes;
    `bot_name` is the Telegram bot's user name, None if unknown. `language`: the reader's, for what `knowledge` words
    itself and for files. `public_url`: where families reach the web pages; `here_only`: from this machine alone.
    `zone`: that of the families' days.
    `delivery`: names the message that is answered, the same when it comes again; empty where there is none. `places`: the service
    points that may be shown. `counsellor_hours`: from when to when people answer on working days.
    """

    session: Session
    chat_key: str
    channel: str
    now: datetime
    today: date
    day_of: Callable[[datetime], date]
    keys: Keyring
    secret: bytes
    bot_name: str | None = None
    language: Language = "zh"
    public_url: str = ""
    here_only: bool = False
    zone: ZoneInfo = FAMILY_ZONE
    delivery: str = ""
    places: tuple[Place, ...] = ()
    counsellor_hours: tuple[time, time] = COUNSELLOR_HOURS


@dataclass(frozen=True)
class Step:
    """An open question: `flow` and `name` say which, `draft` is what was gathered before it."""

    flow: str
    name: str
    draft: Mapping[str, str] = field(default_factory=dict)

    def to(self, name: str, **more: str) -> "Step":
        """The next step of the same flow, with more in the draft."""
        return Step(self.flow, name, {**self.draft, **more})


@dataclass(frozen=True)
class Said:
    """What a person typed while a step is open.

    `guide_knows`: the guide is sure that it answers this as a question. `danger_suspected`: it may speak of a danger,
    though not surely; free text is no answer to a step then. `urgency`: how soon something must be done, in the words of
    the guide's decision.
    """

    text: str
    guide_knows: bool = False
    danger_suspected: bool = False
    urgency: str = "none"


@dataclass(frozen=True)
class Turn:
    """What a flow answers. `step`: the question open afterwards, None when the dialogue is done.

    `child_id`: the child that the family speaks of from now on, None for no change. `erased`: words (a nickname) that
    were erased and must be taken out wherever else they were written. `to_person`: what was said goes to a person; what
    it tells of a danger is answered before this.
    """

    reply: Reply
    step: Step | None = None
    child_id: str | None = None
    erased: tuple[str, ...] = ()
    to_person: bool = False


@dataclass(frozen=True)
class Aside:
    """The text is no answer to the open question: answer it as a question, then say `offer` and keep `step` open."""

    step: Step
    offer: Reply


def button(key: str, data: str, **values: Value) -> Button:
    """A button with a phrase for a label."""
    return Button(Say(key, values), data)


GO_ON = Reply(
    (Say("flow.unfinished"),),
    ((button("button.go_on", "flow:on"), button("button.leave_it", "flow:off")),),
)
"""What is offered after a question that came in between."""


def _not_for_me(_visit: Visit, step: Step, _said: Said) -> Turn | Aside:
    return Aside(step, GO_ON)


def _nothing_open(_visit: Visit, _step: Step) -> Turn:
    return Turn(Reply((Say("button_gone"),)))


@dataclass(frozen=True)
class Flow:
    """A guided dialogue as a value. `name` is also the action of its buttons (`name:argument`).

    `press` answers a button, whatever step is open; `hear` a text while one of its steps is open; `ask` says the open
    question again. A flow without steps, whose every button stands for itself, has `press` alone. `hears_danger`: it
    hears danger signs too, because a person will read them; it must then answer with `Turn.to_person`.
    """

    name: str
    press: Callable[[Visit, Step | None, str], Turn]
    hear: Callable[[Visit, Step, Said], Turn | Aside] = _not_for_me
    ask: Callable[[Visit, Step], Turn] = _nothing_open
    hears_danger: bool = False
