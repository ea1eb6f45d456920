"""The buttons below an answer: a topic, more, sources, related, helpful or not."""

from sqlmodel import Session

from bot.messages import Button, Reply, Say
from bot.questions.answer_lines import lines_for, more_lines, related_lines, source_lines
from bot.questions.asking import Asking, Question
from bot.questions.question_log import note_feedback
from knowledge.topics import Language


def press(
    session: Session,
    action: str,
    argument: str,
    asking: Asking,
    key: str,
    language: Language,
    age_months: int | None,
    *,
    brief: bool = False,
) -> Reply:
    """The reply to a button; one that no longer leads anywhere says so."""
    guide = asking.shipped.guide
    if action in {"y", "n"} and argument.isascii() and argument.isdigit() and len(argument) < 16:
        if not note_feedback(session, int(argument), key, helpful=action == "y"):
            return Reply((Say("button_gone"),))
        if action == "y":
            return Reply((Say("feedback.thanks"),))
        return Reply((Say("feedback.sorry"),), ((Button(Say("button.ask_person"), f"ask:q:{argument}"),),))
    entry = guide.entries.get(argument)
    if entry is None:
        return Reply((Say("button_gone"),))
    match action:
        case "t":
            outcome = asking.answer_topic(Question("", language, age_months), argument)
            return lines_for(outcome, asking.shipped, None, brief=brief)
        case "m":
            return more_lines(entry, guide, language, age_months)
        case "s":
            return source_lines(entry, guide, language)
        case "r":
            return related_lines(entry, guide, language)
        case _:
            return Reply((Say("button_gone"),))
