"""The turn of a question: what is answered, what is remembered of it, and what was open before and is offered again."""

from dataclasses import replace

from bot.care.care_flows import begin_typed
from bot.conversation import guided
from bot.conversation.asking_people import begin_asking, danger_told
from bot.conversation.child_asked import Understood, ask_which_child, with_child
from bot.conversation.event_links import with_next_event
from bot.conversation.meeting import Answered, Meeting, said, take_over
from bot.conversation.services_beside import with_services
from bot.conversation.session import Dialogue
from bot.flow import Aside, Turn
from bot.questions.answer_lines import lines_for
from bot.questions.answer_policy import Answer, Choices
from bot.questions.asking import Asking
from bot.questions.question_log import note_question
from bot.questions.scrub import scrub
from bot.questions.triage import Urgent


def take_question(meeting: Meeting, asking: Asking, text: str) -> Answered:
    """A text: a danger sign, then the open step of a guided dialogue, then the guide."""
    understood = meeting.understood
    if understood is None:
        return said(meeting.dialogue, "unreadable")
    heard = guided.hear(meeting.visit, meeting.dialogue, text, understood.outcome)
    if isinstance(heard, Turn):
        turned = take_over(meeting, heard)
        before = danger_told(understood.outcome, asking) if heard.to_person else ()
        return replace(turned, replies=(*before, *turned.replies))
    typed = None if heard is not None else _typed(meeting, text, understood)
    if typed is not None:
        return take_over(meeting, typed)
    answered = answer_found(meeting, asking, text)
    aside = heard or guided.offer_later(meeting.visit, meeting.dialogue)
    if aside is None or answered.dialogue is None or isinstance(understood.outcome.verdict, Urgent):
        return answered
    return _with_offer(meeting, answered, answered.dialogue, aside)


def ask_person(meeting: Meeting, asking: Asking, number: str) -> Answered:
    """Begin a question to a person; what must be done at once in a danger comes first."""
    before, turn = begin_asking(meeting.visit, asking, number, meeting.language)
    turned = take_over(meeting, turn)
    return replace(turned, replies=(*before, *turned.replies))


def answer_found(meeting: Meeting, asking: Asking, text: str) -> Answered:
    """What was found for a text, and what the dialogue remembers of it."""
    visit, understood = meeting.visit, meeting.understood
    if understood is None:
        return said(meeting.dialogue, "button_gone")
    outcome, dialogue = understood.outcome, meeting.dialogue
    names = tuple(child.nickname for child in meeting.shared)
    if understood.which:
        waiting = dialogue.asked(scrub(text, names), None, visit.now)
        return Answered(waiting, (ask_which_child(understood.which, visit.today),))
    edition = asking.shipped.guide.edition
    key, channel = dialogue.chat_key, meeting.inbound.channel
    number = note_question(visit.session, outcome, key, channel, edition, visit.now, names)
    after = dialogue.asked(scrub(text, names), _worth_remembering(meeting, understood), visit.now)
    if outcome.decision == "smalltalk":  # thanks in between do not break the thread
        after = dialogue
    if isinstance(outcome.verdict, Choices):
        after = replace(after, open_choices=outcome.verdict.topic_ids)
    if understood.child is not None and len(meeting.usable) > 1 and outcome.decision != "smalltalk":
        after = after.about(understood.child.id, visit.now)
    reply = lines_for(outcome, asking.shipped, number, brief=dialogue.short_text)
    if outcome.decision in {"answer", "choices", "urgent"}:
        reply = with_child(reply, understood, meeting.usable, visit.today)
    if outcome.decision == "answer":
        reply = with_next_event(visit, reply, outcome.topic_ids[0], understood.child)
    if isinstance(outcome.verdict, Answer):
        reply = with_services(reply, visit, outcome.verdict.topic_id, text)
    return Answered(after, (reply,))


def _typed(meeting: Meeting, text: str, understood: Understood) -> Turn | None:
    """Records that were typed without a dialogue asking for them; what may be a danger sign goes first."""
    if isinstance(understood.outcome.verdict, Urgent):
        return None
    return begin_typed(meeting.visit, meeting.dialogue.child_at(meeting.visit.now), text)


def _with_offer(meeting: Meeting, answered: Answered, dialogue: Dialogue, aside: Aside) -> Answered:
    open_now = meeting.dialogue.step_open(meeting.visit.now) is not None
    at = meeting.visit.now if open_now else meeting.dialogue.step_at
    return Answered(replace(dialogue, step=aside.step, step_at=at), (*answered.replies, aside.offer))


def _worth_remembering(meeting: Meeting, understood: Understood) -> int | None:
    """The age to remember as named: never that of a child's record, which is kept by the child."""
    if understood.outcome.age_named_months is not None:
        return understood.outcome.age_named_months
    return None if meeting.usable else understood.outcome.age_months
