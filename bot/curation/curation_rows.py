"""The tables of curation. Texts have the form of the guide's files, so that a revision can be written back as one."""

from datetime import date, datetime
from typing import Literal

from sqlmodel import Field, SQLModel

State = Literal[
    "draft", "in_review", "approved", "scheduled", "published", "replaced", "withdrawn", "discarded", "waiting"
]
OPEN_STATES: tuple[State, ...] = ("draft", "in_review", "approved", "scheduled")


class RevisionRow(SQLModel, table=True):
    """One version of a topic's entry and wordings.

    `number` counts from 1 within the topic. `based_on`: the number of the published revision it began from, None for
    the first. `authors`: the logins of all who saved it, with commas; "qihui" for the shipped edition. `text_hash`: of
    entry and wordings together. "waiting": a newer shipped version of a topic that was edited here. `version` goes up with every save, so that two
    editors cannot overwrite each other unseen. `publish_at`: when a scheduled one becomes published.
    """

    __tablename__ = "guide_revision"

    id: int | None = Field(default=None, primary_key=True)
    topic_id: str = Field(index=True, max_length=80)
    number: int
    state: str = Field(index=True, max_length=12)
    entry: str
    wordings_zh: str
    wordings_en: str
    based_on: int | None = None
    text_hash: str = Field(max_length=16)
    authors: str = Field(max_length=300)
    note: str = Field(default="", max_length=500)
    version: int = 1
    created_at: datetime
    changed_at: datetime
    reviewed_by: str | None = Field(default=None, max_length=64)
    reviewed_at: datetime | None = None
    publish_at: datetime | None = Field(default=None, index=True)
    published_at: datetime | None = None


class GuideTopicRow(SQLModel, table=True):
    """Where a topic stands: its published revision, the open one, and the last one that came with the product.

    `published_id` is None where the topic is withdrawn. `conflict_id`: a newer shipped revision that waits because the
    published one was edited here. `review_by`, `signed`, `to_verify`: read from the published entry, for lists.
    """

    __tablename__ = "guide_topic"

    topic_id: str = Field(primary_key=True, max_length=80)
    published_id: int | None = None
    open_id: int | None = None
    shipped_id: int | None = None
    conflict_id: int | None = None
    review_by: date | None = None
    signed: bool = False
    to_verify: int = 0


class GuideStateRow(SQLModel, table=True):
    """One row (id 1): the counter that every process watches, and what is served.

    `shipped_edition`: the fingerprint of the files that were taken in last. `raised_at`: when the counter went up last.
    `fitted_counter`: the highest one at which a process searched with an index fitted to all of it.
    """

    __tablename__ = "guide_state"

    id: int = Field(primary_key=True)
    counter: int = 0
    only_signed: bool = False
    shipped_edition: str = Field(default="", max_length=12)
    raised_at: datetime | None = None
    fitted_counter: int = 0


FitOutcome = Literal["running", "done", "overtaken", "failed", "gone"]


class FitRow(SQLModel, table=True):
    """One fit of the search to an edition, in the background.

    `outcome`: "done": its heads are used; "overtaken": another edition was published meanwhile; "failed": the fit said
    so; "gone": whoever ran it died. `by`: machine and process. `topics`, `wordings`: what it was fitted on, once done.
    """

    __tablename__ = "guide_fit"

    id: int | None = Field(default=None, primary_key=True)
    edition: str = Field(max_length=12)
    by: str = Field(max_length=80)
    began_at: datetime
    ended_at: datetime | None = None
    outcome: str = Field(max_length=10)
    topics: int | None = None
    wordings: int | None = None
    error: str = Field(default="", max_length=120)


class OwnTopicRow(SQLModel, table=True):
    """A topic that this installation added to those of the contract. Titles are those it was begun with."""

    __tablename__ = "guide_own_topic"

    topic_id: str = Field(primary_key=True, max_length=80)
    zh: str = Field(max_length=120)
    en: str = Field(max_length=120)
    from_month: int
    to_month: int
    added_by: str = Field(max_length=64)
    added_at: datetime


Became = Literal["wording", "topic", "kept", "aside"]


class DealtGroupRow(SQLModel, table=True):
    """What became of a group of questions: a wording, a new topic, a kept question, or nothing (set aside).

    `text`: the one that stands for the group, scrubbed; the questions themselves lie in the log and only point here, so
    that forgetting a chat forgets them. `topic_id`: empty where the group was set aside.
    """

    __tablename__ = "guide_dealt_group"

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(max_length=300)
    language: str = Field(max_length=2)
    age_months: int | None = None
    questions: int
    became: str = Field(max_length=8)
    topic_id: str = Field(max_length=80)
    dealt_by: str = Field(max_length=64)
    dealt_at: datetime = Field(index=True)


class KeptQuestionRow(SQLModel, table=True):
    """A question with the topic that is right for it: what an edit is measured on. The text is scrubbed."""

    __tablename__ = "guide_question"

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(max_length=300)
    language: str = Field(max_length=2)
    age_months: int | None = None
    topic_id: str = Field(index=True, max_length=80)
    added_by: str = Field(max_length=64)
    added_at: datetime
