"""One delivery in, rendered replies out. The only entrance for channels, the same for all of them.

Order: claim the delivery, load the dialogue and the children, route, search, take the turn, and write dialogue, log and
replies down in one transaction before anything is sent. Pictures are drawn after it. A crash before that leaves nothing
half done; a crash after it sends on the next delivery. Texts of people are never logged.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.care.feeds import answer_feed
from bot.clock import Clock
from bot.conversation.child_asked import Understood, known_age, understand
from bot.conversation.deliveries import AlreadyInHand, DeliveryRow, claim, keep_replies, mark_sent
from bot.conversation.meeting import Answered, Meeting
from bot.conversation.phrases import phrase
from bot.conversation.pictures import drawn
from bot.conversation.purging import let_go_of_old
from bot.conversation.reaching import keep_reachable
from bot.conversation.render import render
from bot.conversation.replanning import plan_after_turn
from bot.conversation.router import (
    COMMANDS,
    Ask,
    Intent,
    Pick,
    Pressed,
    language_from_hint,
    language_of,
    route,
)
from bot.conversation.session import Dialogue, chat_key, is_known, load_dialogue, save_dialogue
from bot.conversation.turns import take_turn
from bot.database import Database
from bot.errors import Refusal
from bot.families.child import Child
from bot.families.children import children_for, children_shared
from bot.flow import COUNSELLOR_HOURS, FAMILY_ZONE, Visit, button
from bot.messages import Inbound, Reply, Say
from bot.outreach.contact import mark_reachable, mark_unreachable
from bot.outreach.web_inbox import Waiting, mark_shown, unread_count, waiting_messages
from bot.questions.asking import Asking, Question
from bot.rendered import RenderedReply
from bot.sealing import CannotOpen, Keyring
from knowledge.places import Place
from knowledge.topics import LANGUAGES, Language

log = logging.getLogger(__name__)


class Conversation:
    """Talks with everyone; safe for any number of threads."""

    def __init__(
        self,
        database: Database,
        asking: Asking,
        clock: Clock,
        secret: bytes,
        keys: Keyring,
        bot_name: str | None = None,
        public_url: str = "",
        zone: ZoneInfo = FAMILY_ZONE,
        places: tuple[Place, ...] = (),
        *,
        here_only: bool = False,
        counsellor_hours: tuple[time, time] = COUNSELLOR_HOURS,
    ) -> None:
        self._database = database
        self._asking = asking
        self._clock = clock
        self._secret = secret
        self._keys = keys
        self._bot_name = bot_name
        self._public_url = public_url.rstrip("/")
        self._here_only = here_only
        self._zone = zone
        self._places = places
        self.counsellor_hours = counsellor_hours
        self._owner = uuid.uuid4().hex

    @property
    def edition(self) -> str:
        """The edition of the guide that is served now."""
        return self._asking.shipped.guide.edition

    def take_edition(self, asking: Asking) -> None:
        """Answer from another edition from now on; a delivery in hand is answered from the one it began with."""
        self._asking = asking

    def take_places(self, places: tuple[Place, ...]) -> None:
        """Name these service points from now on."""
        self._places = places

    def introduce(self, bot_name: str | None) -> None:
        """Learn the bot's user name in Telegram, which invitation links need; a name from the settings stays."""
        self._bot_name = self._bot_name or bot_name

    def handle(self, inbound: Inbound) -> list[RenderedReply]:
        """The replies to a delivery; none when it was answered before. Call `delivered` when they have been sent."""
        inbound = replace(inbound, content=_storable(inbound.content))
        key = chat_key(inbound, self._secret)
        now = self._clock.now()
        try:
            with self._database.transaction() as session:
                unsent = claim(session, inbound, key, self._owner, now, self._keys)
                dialogue = load_dialogue(session, key, self._keys)
                shared, usable = self._children(self._visit(session, inbound.channel, key))
        except AlreadyInHand:
            return []
        if unsent is not None:
            return [drawn(reply) for reply in unsent]
        try:
            replies = self._answer(inbound, dialogue, shared, usable)
        except Exception:
            self._release(inbound)
            raise
        return [drawn(reply) for reply in replies]

    def delivered(self, inbound: Inbound) -> None:
        """Every reply to this delivery has been sent."""
        with self._database.transaction() as session:
            forgotten = not is_known(session, chat_key(inbound, self._secret))
            mark_sent(session, inbound, self._clock.now(), forgotten=forgotten)

    def reachable(self, channel: str, chat: str, *, now_reachable: bool) -> None:
        """The channel says that a chat has blocked us, or has let us in again."""
        mark = mark_reachable if now_reachable else mark_unreachable
        with self._database.transaction() as session:
            mark(session, self._key(channel, chat), self._clock.now())

    def unread(self, channel: str, chat: str) -> int:
        """How many messages wait for a chat whose device asks for them itself."""
        with self._database.transaction() as session:
            return unread_count(session, self._key(channel, chat))

    def waiting(self, channel: str, chat: str) -> list[Waiting]:
        """Messages that wait for such a chat, oldest first, not more than fit at once; call `shown` afterwards."""
        with self._database.transaction() as session:
            return waiting_messages(session, self._keys, self._key(channel, chat))

    def shown(self, channel: str, chat: str, ids: Sequence[str]) -> None:
        """These messages were shown and need not wait any longer."""
        with self._database.transaction() as session:
            mark_shown(session, self._key(channel, chat), ids)

    def apology(self, inbound: Inbound) -> list[RenderedReply]:
        """What a person hears when something of ours broke."""
        language = language_of(inbound.content) or language_from_hint(inbound.language_hint)
        return [render(Reply((Say("apology"),)), language)]

    def commands(self) -> dict[Language, list[tuple[str, str]]]:
        """The command menu: name and description, by language."""
        return {language: [(name, phrase(f"command.{name}", language)) for name in COMMANDS] for language in LANGUAGES}

    def calendar_feed(self, token: str) -> bytes | None:
        """The iCalendar behind a private address; None where there is none (any more)."""
        with self._database.transaction() as session:
            return answer_feed(
                session, token, self._secret, lambda key, language: self._visit(session, "feed", key, language)
            )

    def purge(self) -> None:
        """Let go of what is no longer needed: old deliveries, unfinished guided dialogues, used codes."""
        let_go_of_old(self._database, self._clock.now())

    def _answer(
        self, inbound: Inbound, dialogue: Dialogue, shared: list[Child], usable: list[Child]
    ) -> list[RenderedReply]:
        intent = route(inbound, choices_open=bool(dialogue.open_choices))
        language = self._language(intent, inbound, dialogue)
        asking = self._asking
        understood = self._understand(asking, intent, dialogue, language, shared, usable)
        try:
            with self._database.transaction() as session:
                visit = self._visit(session, inbound.channel, dialogue.chat_key, language)
                visit = replace(visit, delivery=f"{inbound.channel}\n{inbound.update_id}")
                meeting = Meeting(visit, inbound, intent, dialogue, language, shared, usable, understood)
                answered = take_turn(meeting, asking)
                plan_after_turn(visit)
                reader = answered.dialogue.language if answered.dialogue else None
                keep_reachable(visit, inbound, reader or language)
                replies = self._write_down(session, inbound, answered, dialogue, language)
        except Refusal as refusal:
            answered = Answered(_without_lost_step(dialogue, refusal), (_refused(refusal),))
            with self._database.transaction() as session:
                return self._write_down(session, inbound, answered, dialogue, language)
        if answered.erased:
            self._database.wipe_traces()
        return replies

    def _write_down(
        self, session: Session, inbound: Inbound, answered: Answered, before: Dialogue, language: Language
    ) -> list[RenderedReply]:
        after = answered.dialogue
        if after is not None:
            save_dialogue(session, after, self._clock.now(), self._keys)
        reader = after or before
        chosen = after.language if after else None
        replies = [render(reply, chosen or language, large_type=reader.large_type) for reply in answered.replies]
        keep_replies(session, inbound, replies, self._keys)
        return replies

    def _key(self, channel: str, chat: str) -> str:
        return chat_key(Inbound(channel, chat, "", "unknown"), self._secret)

    def _visit(self, session: Session, channel: str, key: str, language: Language = "zh") -> Visit:
        return Visit(
            session=session,
            chat_key=key,
            channel=channel,
            now=self._clock.now(),
            today=self._clock.today(),
            day_of=self._clock.day_of,
            keys=self._keys,
            secret=self._secret,
            bot_name=self._bot_name,
            language=language,
            public_url=self._public_url,
            here_only=self._here_only,
            zone=self._zone,
            places=self._places,
            counsellor_hours=self.counsellor_hours,
        )

    def _children(self, visit: Visit) -> tuple[list[Child], list[Child]]:
        """The children of the visitor, and those whose age may be used for answers.

        What cannot be opened must not keep a question about a danger from its answer: the operator is told, the
        question is answered without a child.
        """
        try:
            return children_shared(visit), children_for(visit, "answers")
        except CannotOpen as error:
            log.error("a family's children cannot be opened: %s", error)  # noqa: TRY400 - the message says it all
            return [], []

    def _language(self, intent: Intent, inbound: Inbound, dialogue: Dialogue) -> Language:
        """The chosen language, else that of the open guided dialogue (a nickname shows none), else that written."""
        step = dialogue.step_open(self._clock.now())
        begun = step.draft.get("language") if step else None
        if dialogue.language is not None or begun is not None:
            return dialogue.language or ("en" if begun == "en" else "zh")
        written = language_of(inbound.content) if isinstance(intent, Ask) else None
        return written or language_from_hint(inbound.language_hint)

    def _understand(
        self,
        asking: Asking,
        intent: Intent,
        dialogue: Dialogue,
        language: Language,
        shared: list[Child],
        usable: list[Child],
    ) -> Understood | None:
        """Search before the transaction, so that a writer never waits for the encoder."""
        now, today = self._clock.now(), self._clock.today()
        names = tuple(child.nickname for child in shared)
        match intent:
            case Ask(text):
                return understand(asking, text, language, dialogue, usable, now, today, names)
            case Pick(number) if number <= len(dialogue.open_choices):
                text, topic = dialogue.last_question or "", dialogue.open_choices[number - 1]
                age = known_age(dialogue, usable, now, today)
                return Understood(asking.answer_topic(Question(text, language, age), topic))
            case Pressed("about", child_id):
                asked = dialogue.previous_at(now)
                child = next((one for one in usable if one.id == child_id), None)
                if asked is None or child is None:
                    return None
                about = dialogue.about(child.id, now)
                fresh = replace(about, last_asked_at=None)
                return understand(asking, asked, language, fresh, usable, now, today, names)
            case _:
                return None

    def _release(self, inbound: Inbound) -> None:
        """Let the channel deliver again what could not be answered."""
        where = (col(DeliveryRow.channel) == inbound.channel, col(DeliveryRow.update_id) == inbound.update_id)
        with self._database.transaction() as session:
            session.execute(delete(DeliveryRow).where(*where))


def _without_lost_step(dialogue: Dialogue, refusal: Refusal) -> Dialogue:
    """A step about a child that the person no longer shares cannot go on."""
    return replace(dialogue, step=None, step_at=None) if refusal.phrase == "family.not_yours" else dialogue


def _refused(refusal: Refusal) -> Reply:
    """What is wrong, with a way on where there is one."""
    rows = ((button("button.consent", "consent:show"),),) if refusal.phrase == "calendar.consent_needed" else ()
    return Reply((Say(refusal.phrase, refusal.values),), rows)


def _storable(text: str) -> str:
    """The text without what no database and no JSON can hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode()
