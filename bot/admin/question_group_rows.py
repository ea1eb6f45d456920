"""The tables of what was grouped: questions of one meaning, by number. No text lies here: an erased question is gone.

Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel


class QuestionGroupRow(SQLModel, table=True):
    """One group, the largest first.

    `questions`: JSON, ids of one question of each wording, the most common first;
    `members`: JSON, the ids of all its questions.

    `no_answer`, `choices`, `unsure`, `disliked`: how often each was so; `trend`: JSON, counts of the last weeks.
    """

    __tablename__ = "question_group"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    questions: str
    members: str
    no_answer: int
    choices: int
    unsure: int
    disliked: int
    trend: str


class QuestionGroupingRow(SQLModel, table=True):
    """There is one row once questions were grouped. `looked_at`: how many questions."""

    __tablename__ = "question_grouping"

    id: int = Field(primary_key=True)
    made_at: datetime
    looked_at: int
