"""From a question that the guide did not answer well to a person: what was asked and shown, taken from what was noted.

Here because the rooms of questions and of tickets do not know each other.
"""

from bot.flow import Turn, Visit
from bot.messages import Quote, Reply
from bot.questions.answer_lines import lines_for
from bot.questions.asking import Asking, Outcome, Question
from bot.questions.question_log import QuestionRow, question_asked, topics_of
from bot.questions.triage import Urgent
from bot.tickets.ticket_flow import begin_ticket
from knowledge.topics import Language
from knowledge.wording_file import LEVELS


def begin_asking(visit: Visit, asking: Asking, number: str, language: Language) -> tuple[tuple[Reply, ...], Turn]:
    """What is said before (the danger-sign text, where the question tells of a danger), and the first page.

    `number`: of the question in the log; empty for the one asked a moment ago.
    """
    row = question_asked(visit.session, visit.chat_key, number, visit.now)
    if row is None:
        return (), begin_ticket(visit, "", "", None, "none")
    turn = begin_ticket(visit, row.text, _shown(row, asking, language), row.age_months, row.urgency)
    return _danger(row, asking, language), turn


def danger_told(outcome: Outcome, asking: Asking) -> tuple[Reply, ...]:
    """What is said at once when words for a person tell of a danger, or that a doctor should look today; else nothing."""
    if isinstance(outcome.verdict, Urgent):
        return (lines_for(outcome, asking.shipped, None),)
    if outcome.doctor_today:
        signs = asking.shipped.danger_signs
        return (Reply((Quote(signs.same_day[outcome.question.language], "alert"),)),)
    return ()


def _shown(row: QuestionRow, asking: Asking, language: Language) -> str:
    """The answer as it was shown, short; empty where none was."""
    topics = topics_of(row)
    entry = asking.shipped.guide.entries.get(topics[0]) if topics else None
    if row.decision != "answer" or entry is None:
        return ""
    side = entry.side(language)
    return f"{side.title}\n{side.short_answer.text}"


def _danger(row: QuestionRow, asking: Asking, language: Language) -> tuple[Reply, ...]:
    topics = topics_of(row)
    level = next((one for one in LEVELS if one == row.urgency), None)
    if row.decision != "urgent" or level is None or not topics:
        return ()
    question = Question(row.text, language, row.age_months)
    outcome = Outcome(question, Urgent(topics[0], level, 1.0), topics, 1.0, row.age_months, None)
    return (lines_for(outcome, asking.shipped, None),)
