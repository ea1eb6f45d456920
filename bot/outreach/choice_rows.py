"""The table of what people want, and do not want, to be written to about. Read and written by `muting` alone.

`chat_key` None: for everybody who looks after the child (a guardian said so). `child_id` None: whatever it is about.
`topic` "*": every topic. A choice stays when it is taken back (`wanted` turns), so that it is known since when.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel


class OutreachChoiceRow(SQLModel, table=True):
    """One choice. It goes with its child (ON DELETE CASCADE), and with the person. Times are UTC instants."""

    __tablename__ = "outreach_choice"

    id: int | None = Field(default=None, primary_key=True)
    chat_key: str | None = Field(default=None, index=True, max_length=32)
    child_id: str | None = Field(default=None, foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)
    topic: str = Field(max_length=16)
    wanted: bool
    chosen_at: datetime
