"""A message with everything known around it, and what a turn makes of it."""

from dataclasses import dataclass, replace

from sqlmodel import col, select

from bot.conversation.child_asked import Understood
from bot.conversation.deliveries import forget_deliveries
from bot.conversation.event_links import fit_to_children
from bot.conversation.router import Intent
from bot.conversation.session import ConversationRow, Dialogue, let_go_of_steps
from bot.families.child import Child
from bot.families.membership import members_of, memberships
from bot.flow import Turn, Visit
from bot.messages import Inbound, Reply, Say
from bot.questions.question_log import take_out_of_questions
from bot.questions.scrub import scrub, without_names
from bot.tickets.parent_tickets import take_out_of_tickets
from knowledge.topics import Language


@dataclass(frozen=True)
class Answered:
    """What a turn changes: the dialogue afterwards (None: forgotten) and the replies. `erased`: traces must go."""

    dialogue: Dialogue | None
    replies: tuple[Reply, ...]
    erased: bool = False


@dataclass(frozen=True)
class Meeting:
    """A message with everything known around it.

    `shared`: every child of the visitor; `usable`: those whose age may be used for answers. `understood` is None where
    nothing was searched.
    """

    visit: Visit
    inbound: Inbound
    intent: Intent
    dialogue: Dialogue
    language: Language
    shared: list[Child]
    usable: list[Child]
    understood: Understood | None


def said(dialogue: Dialogue, key: str) -> Answered:
    """One sentence, and nothing changed."""
    return Answered(dialogue, (Reply((Say(key),)),))


def take_over(meeting: Meeting, turn: Turn, *, keep_step: bool = False) -> Answered:
    """A guided dialogue's turn, carried over into the conversation."""
    visit = meeting.visit
    step = None if turn.step is None else replace(turn.step, draft={**turn.step.draft, "language": meeting.language})
    dialogue = meeting.dialogue if keep_step else meeting.dialogue.at_step(step, visit.now)
    dialogue = replace(dialogue, open_choices=())
    if turn.child_id is not None:
        dialogue = dialogue.about(turn.child_id, visit.now)
    if turn.erased:
        fit_to_children(visit)
        dialogue = _without(meeting, dialogue, turn.erased)
    return Answered(dialogue, (turn.reply,), erased=bool(turn.erased))


def _without(meeting: Meeting, dialogue: Dialogue, names: tuple[str, ...]) -> Dialogue:
    """Take erased names out of what the family's members asked."""
    visit = meeting.visit
    keys = [one.chat_key for mine in memberships(visit) for one in members_of(visit, mine.family_id)]
    take_out_of_questions(visit.session, keys, names)
    take_out_of_tickets(visit.session, visit.keys, keys, lambda text: without_names(text, names))
    let_go_of_steps(visit.session, keys)
    for key in keys:
        forget_deliveries(visit.session, key, meeting.inbound)
    for row in visit.session.exec(select(ConversationRow).where(col(ConversationRow.chat_key).in_(keys))).all():
        row.last_question = None if row.last_question is None else scrub(row.last_question, names)
        visit.session.add(row)
    kept = None if dialogue.last_question is None else scrub(dialogue.last_question, names)
    return replace(dialogue, last_question=kept, child_id=None, child_chosen_at=None)
