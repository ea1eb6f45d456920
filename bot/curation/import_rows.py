"""The table of files that were brought and wait for a yes."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class GuideImportRow(SQLModel, table=True):
    """What one person's files brought, until it is kept or let go. `brought`: JSON of `import_pieces.Brought`."""

    __tablename__ = "guide_import"

    login: str = Field(primary_key=True, max_length=64)
    files: str = Field(max_length=500)
    brought: str
    made_at: datetime
