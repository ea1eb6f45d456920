"""One delivery in, rendered replies out. The only entrance for channels, the same for all of them.

Order: claim the delivery, load the dialogue, route, answer, and write dialogue, log and replies down in one
transaction before anything is sent. A crash before that leaves nothing half done; a crash after it sends on the next
delivery. Texts of people are never logged.
"""

import logging
import uuid
from dataclasses import dataclass, replace
from typing import assert_never

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.clock import Clock
from bot.conversation.deliveries import AlreadyInHand, DeliveryRow, claim, keep_replies, mark_sent, purge
from bot.conversation.phrases import phrase
from bot.conversation.render import RenderedReply, render
from bot.conversation.router import (
    COMMANDS,
    Ask,
    CannotRead,
    Command,
    Intent,
    Pick,
    Pressed,
    SwitchLanguage,
    language_from_hint,
    language_of,
    route,
)
from bot.conversation.session import ConversationRow, Dialogue, chat_key, load_dialogue, save_dialogue
from bot.database import Database
from bot.messages import Button, Inbound, Reply, Say
from bot.questions.answer_lines import lines_for
from bot.questions.answer_policy import Choices
from bot.questions.asking import Asking, Outcome, Question
from bot.questions.question_flow import press
from bot.questions.question_log import erase_questions, note_question
from bot.questions.scrub import scrub
from knowledge.topics import LANGUAGES, Language

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Turn:
    """What a step changes: the dialogue afterwards (None: forgotten) and the reply."""

    dialogue: Dialogue | None
    reply: Reply


class Conversation:
    """Talks with everyone; safe for any number of threads."""

    def __init__(self, database: Database, asking: Asking, clock: Clock, secret: bytes) -> None:
        self._database = database
        self._asking = asking
        self._clock = clock
        self._secret = secret
        self._owner = uuid.uuid4().hex

    def handle(self, inbound: Inbound) -> list[RenderedReply]:
        """The replies to a delivery; none when it was answered before. Call `delivered` when they have been sent."""
        inbound = replace(inbound, content=_storable(inbound.content))
        key = chat_key(inbound, self._secret)
        now = self._clock.now()
        try:
            with self._database.transaction() as session:
                unsent = claim(session, inbound, key, self._owner, now)
                dialogue = load_dialogue(session, key)
        except AlreadyInHand:
            return []
        if unsent is not None:
            return unsent
        try:
            return self._answer(inbound, dialogue)
        except Exception:
            self._release(inbound)
            raise

    def delivered(self, inbound: Inbound) -> None:
        """Every reply to this delivery has been sent."""
        with self._database.transaction() as session:
            mark_sent(session, inbound, self._clock.now())

    def apology(self, inbound: Inbound) -> list[RenderedReply]:
        """What a person hears when something of ours broke."""
        language = language_of(inbound.content) or language_from_hint(inbound.language_hint)
        return [render(Reply((Say("apology"),)), language)]

    def commands(self) -> dict[Language, list[tuple[str, str]]]:
        """The command menu: name and description, by language."""
        return {language: [(name, phrase(f"command.{name}", language)) for name in COMMANDS] for language in LANGUAGES}

    def purge(self) -> None:
        """Let go of what is no longer needed to answer each delivery once."""
        with self._database.transaction() as session:
            purge(session, self._clock.now())

    def _answer(self, inbound: Inbound, dialogue: Dialogue) -> list[RenderedReply]:
        intent = route(inbound, choices_open=bool(dialogue.open_choices))
        language = self._language(inbound, dialogue)
        outcome = self._decide(intent, dialogue, language)
        with self._database.transaction() as session:
            turn = self._turn(session, inbound, intent, dialogue, language, outcome)
            if turn.dialogue is not None:
                save_dialogue(session, turn.dialogue, self._clock.now())
            chosen = turn.dialogue.language if turn.dialogue else None
            replies = [render(turn.reply, chosen or language)]
            keep_replies(session, inbound, replies)
        return replies

    def _language(self, inbound: Inbound, dialogue: Dialogue) -> Language:
        if dialogue.language is not None:
            return dialogue.language
        written = (
            language_of(inbound.content) if inbound.kind == "text" and not inbound.content.startswith("/") else None
        )
        return written or language_from_hint(inbound.language_hint)

    def _decide(self, intent: Intent, dialogue: Dialogue, language: Language) -> Outcome | None:
        """Search before the transaction, so that a writer never waits for the encoder."""
        now = self._clock.now()
        if isinstance(intent, Ask):
            age, previous = dialogue.age_at(now), dialogue.previous_at(now)
            return self._asking.ask(Question(intent.text, language, age, previous))
        if isinstance(intent, Pick) and intent.number <= len(dialogue.open_choices):
            question = Question(dialogue.last_question or "", language, dialogue.age_at(now))
            return self._asking.answer_topic(question, dialogue.open_choices[intent.number - 1])
        return None

    def _turn(
        self,
        session: Session,
        inbound: Inbound,
        intent: Intent,
        dialogue: Dialogue,
        language: Language,
        outcome: Outcome | None,
    ) -> _Turn:
        match intent:
            case Ask(text):
                if outcome is None:
                    return _Turn(dialogue, Reply((Say("unreadable"),)))
                return self._asked(session, inbound, text, outcome, dialogue)
            case Pick():
                if outcome is None:
                    return _Turn(dialogue, Reply((Say("button_gone"),)))
                return self._asked(session, inbound, outcome.question.text, outcome, dialogue)
            case Pressed("l", chosen):
                return _switched(dialogue, "en" if chosen == "en" else "zh")
            case Pressed("forget", answer):
                return self._forget(session, dialogue, sure=answer == "yes")
            case Pressed("none", _):
                return _Turn(replace(dialogue, open_choices=()), Reply((Say("choices.none"),)))
            case Pressed(action, argument):
                age = dialogue.age_at(self._clock.now())
                reply = press(session, action, argument, self._asking, dialogue.chat_key, language, age)
                return _Turn(dialogue, reply)
            case SwitchLanguage(chosen_language):
                return _switched(dialogue, chosen_language)
            case Command(name):
                return _Turn(dialogue, _command_reply(name))
            case CannotRead(key):
                return _Turn(dialogue, Reply((Say(key),)))
            case _:
                assert_never(intent)

    def _asked(self, session: Session, inbound: Inbound, text: str, outcome: Outcome, dialogue: Dialogue) -> _Turn:
        now = self._clock.now()
        edition = self._asking.shipped.guide.edition
        number = note_question(session, outcome, dialogue.chat_key, inbound.channel, edition, now)
        after = dialogue.asked(scrub(text), outcome.age_months, now)
        if outcome.decision == "smalltalk":  # thanks in between do not break the thread
            after = dialogue
        if isinstance(outcome.verdict, Choices):
            after = replace(after, open_choices=outcome.verdict.topic_ids)
        return _Turn(after, lines_for(outcome, self._asking.shipped, number))

    def _forget(self, session: Session, dialogue: Dialogue, *, sure: bool) -> _Turn:
        if not sure:
            return _Turn(dialogue, Reply((Say("forget.kept"),)))
        erase_questions(session, dialogue.chat_key)
        session.execute(delete(ConversationRow).where(col(ConversationRow.chat_key) == dialogue.chat_key))
        done = col(DeliveryRow.sent_at).is_not(None)
        session.execute(delete(DeliveryRow).where(col(DeliveryRow.chat_key) == dialogue.chat_key, done))
        return _Turn(None, Reply((Say("forget.done"),)))

    def _release(self, inbound: Inbound) -> None:
        """Let the channel deliver again what could not be answered."""
        where = (col(DeliveryRow.channel) == inbound.channel, col(DeliveryRow.update_id) == inbound.update_id)
        with self._database.transaction() as session:
            session.execute(delete(DeliveryRow).where(*where))


def _storable(text: str) -> str:
    """The text without what no database and no JSON can hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode()


def _switched(dialogue: Dialogue, language: Language) -> _Turn:
    return _Turn(replace(dialogue, language=language), Reply((Say("language.set"),)))


def _command_reply(name: str) -> Reply:
    languages = (Button(Say("button.chinese"), "l:zh"), Button(Say("button.english"), "l:en"))
    match name:
        case "start":
            urgent, unsigned = Say("welcome.urgent", look="alert"), Say("welcome.unsigned", look="note")
            return Reply((Say("welcome"), urgent, unsigned), (languages,))
        case "language":
            return Reply((Say("language.ask"),), (languages,))
        case "privacy":
            return Reply((Say("privacy.text"),))
        case "forget":
            yes = Button(Say("button.forget_yes"), "forget:yes")
            no = Button(Say("button.forget_no"), "forget:no")
            return Reply((Say("forget.ask"),), ((yes, no),))
        case _:
            lines = (Say("help.title", look="title"), Say("help.examples"), Say("help.person"), Say("help.commands"))
            return Reply(lines, (languages,))
