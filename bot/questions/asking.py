"""The order of the steps from a message to its outcome: triage, search, policy. Nothing here words a reply.

What the rules of danger signs notice is weighed together with what the index reads, before any answer is thought of.
"""

import re
from dataclasses import dataclass, replace

from bot.questions.answer_policy import Answer, Choices, Decision, NoAnswer, Smalltalk, Verdict, decide
from bot.questions.second_opinion import ASKED_TOPICS, SecondOpinion, wants_opinion, with_opinion
from bot.questions.triage import DoseAsked, Urgent, by_reading, doctor_today, dose_asked
from index.normalise import is_readable, normalise
from index.result import Finding
from index.retriever import Retriever
from knowledge.age import read_age
from knowledge.danger_signs import notice
from knowledge.load import Shipped
from knowledge.topics import OLDEST_MONTH, Language

SHORT_FOLLOW_UP_CHARACTERS = 12
"""A message as short as this leans on the one before it."""

_COURTESY = re.compile(
    r"谢|再见|拜拜|晚安|好的|好滴|收到|明白|知道了|了解了|懂了|你好|您好|早上好|哈哈|辛苦|^[嗯哦噢好行]+[啦的呢吧]?$|"
    r"\b(?:thanks?|thx|thank you|bye|good ?night|ok(?:ay)?|got it|hello|hi|hey|cheers|great)\b|你是|真人|机器人|robot|human|who are you"
)
"""Words that close or open a talk; anything else as short as that is said about the question before it."""

_CONNECTIVES = ("那", "然后", "还有", "所以", "and ", "what about", "so ", "then ", "but ", "how about")
MOST_TOPICS = 5


@dataclass(frozen=True)
class Question:
    """A parent's message with what is known around it.

    `age_months`: the child's age as known before, None for not known; an age in the text itself goes first.
    `previous`: the parent's message before this one, None when the dialogue is new or long ago.
    `names`: the family's own nicknames; they take no part in answering and must not leave this machine.
    `private`: it may be no question at all but a nickname, a date or a record; nobody outside is asked about it.
    """

    text: str
    language: Language
    age_months: int | None = None
    previous: str | None = None
    names: tuple[str, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class Unreadable:
    """Nothing in the message can be read as words."""


@dataclass(frozen=True)
class Outcome:
    """What was decided, and all that a reply, a log and a judge need to know of it.

    `age_months`: the age that the answer is for, None when not known. `finding` is None where no search was made.
    `doctor_today`: the answer is no alarm, but should say that a doctor ought to look today. `age_named_months`: the age
    that the message itself names.
    """

    question: Question
    verdict: Verdict | Urgent | DoseAsked | Unreadable
    topic_ids: tuple[str, ...]
    confidence: float
    age_months: int | None
    finding: Finding | None
    doctor_today: bool = False
    age_named_months: int | None = None

    @property
    def decision(self) -> Decision:
        """The name of the verdict, as the contract with acceptance spells it."""
        names: dict[type, Decision] = {
            Answer: "answer",
            Choices: "choices",
            NoAnswer: "no_answer",
            Smalltalk: "smalltalk",
            Urgent: "urgent",
            DoseAsked: "refuse_dose",
            Unreadable: "no_answer",
        }
        return names[type(self.verdict)]

    @property
    def urgency(self) -> str:
        """How soon something must be done: call_120, go_now, same_day or none."""
        if isinstance(self.verdict, Urgent):
            return self.verdict.level
        return "same_day" if self.doctor_today else "none"


class Asking:
    """Answers questions from one edition of the guide; safe for any number of threads."""

    def __init__(
        self, shipped: Shipped, retriever: Retriever, danger_threshold: float, opinion: SecondOpinion | None = None
    ) -> None:
        self._opinion = opinion
        self.shipped = shipped
        self._retriever = retriever
        self._danger_threshold = danger_threshold
        self._written = frozenset(shipped.guide.entries)

    def ask(self, question: Question) -> Outcome:
        """Decide what a message is answered with."""
        named = _child_age(read_age(normalise(question.text)).age_months)
        return replace(self._ask(question), age_named_months=named)

    def _ask(self, question: Question) -> Outcome:
        text = normalise(question.text)
        if not is_readable(text):
            return Outcome(question, Unreadable(), (), 0.0, question.age_months, None)
        named = read_age(text).age_months
        age = named if named is not None and named <= OLDEST_MONTH else question.age_months
        previous = normalise(question.previous) if question.previous else None
        if age is None and previous:
            age = _child_age(read_age(previous).age_months)
        match, noticed = notice(text, age, self.shipped.danger_signs)
        finding = self._retriever.find(text, age_months=age, noticed=noticed)
        urgent = by_reading(finding, match, self._danger_threshold, age)
        if urgent is not None:
            return self._urgent(question, urgent, age, finding)
        dose = dose_asked(text, finding, self.shipped.dose_patterns)
        if dose is not None:
            return Outcome(question, dose, (), finding.kinds["dose"], age, finding)
        verdict = decide(finding, self._written, named, in_dialogue=previous is not None)
        opinion = None if question.private else self._opinion
        if opinion is not None and isinstance(verdict, Answer | Choices) and wants_opinion(finding):
            asked = finding.ranked[:ASKED_TOPICS]
            titles = {one.topic_id: self.shipped.guide.topics[one.topic_id].title(question.language) for one in asked}
            finding = with_opinion(finding, opinion.choose(text, titles, tuple(map(normalise, question.names))))
            verdict = decide(finding, self._written, named, in_dialogue=previous is not None)
        if previous and _leans_on_previous(text, verdict):
            finding = self._retriever.find(text, previous, age, noticed)
            finding = replace(finding, kinds=finding.kinds | {"smalltalk": 0.0})
            verdict = decide(finding, self._written, named, in_dialogue=True)
        outcome = _outcome(question, verdict, finding, age)
        if isinstance(verdict, Answer | Choices) and doctor_today(text, age, finding, self.shipped.danger_signs):
            return replace(outcome, doctor_today=True)
        return outcome

    def answer_topic(self, question: Question, topic_id: str) -> Outcome:
        """The outcome of choosing a topic by a button."""
        return Outcome(question, Answer(topic_id), (topic_id,), 1.0, question.age_months, None)

    def _urgent(self, question: Question, urgent: Urgent, age: int | None, finding: Finding | None) -> Outcome:
        template = urgent.topic_id
        if template not in self.shipped.danger_signs.templates:
            urgent = replace(urgent, topic_id="emergency.breathing-difficulty")
        others = tuple(r.topic_id for r in finding.ranked if r.topic_id != template) if finding else ()
        return Outcome(question, urgent, (template, *others)[:MOST_TOPICS], urgent.probability, age, finding)


def _child_age(months: int | None) -> int | None:
    return months if months is not None and months <= OLDEST_MONTH else None


def _leans_on_previous(text: str, verdict: Verdict) -> bool:
    if isinstance(verdict, Smalltalk):
        return _COURTESY.search(text) is None
    short = len(text) <= SHORT_FOLLOW_UP_CHARACTERS or (text.isascii() and len(text.split()) <= 5)
    return short or text.startswith(_CONNECTIVES) or not isinstance(verdict, Answer)


def _outcome(question: Question, verdict: Verdict, finding: Finding, age: int | None) -> Outcome:
    topic_ids = tuple(ranked.topic_id for ranked in finding.ranked)
    if isinstance(verdict, Choices):
        topic_ids = (*verdict.topic_ids, *(t for t in topic_ids if t not in verdict.topic_ids))
    return Outcome(question, verdict, topic_ids[:MOST_TOPICS], finding.confidence, age, finding)
