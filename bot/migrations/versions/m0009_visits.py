"""Home visits: visitors, visits, and who moved them on; check-in: codes, admissions, answers afterwards.

On PostgreSQL two visits cannot hold one time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import ProgrammingError
from sqlmodel.sql import sqltypes

from bot.errors import Misconfigured

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "visitor",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("organisation", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("card", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("districts", sqltypes.AutoString(), nullable=False),
        sa.Column("streets", sqltypes.AutoString(), nullable=False),
        sa.Column("tongues", sqltypes.AutoString(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "home_visit",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("asked_by", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("state", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request", sqltypes.AutoString(), nullable=False),
        sa.Column("visitor_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("starts_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ends_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("busy_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("address", sqltypes.AutoString(), nullable=True),
        sa.Column("code", sqltypes.AutoString(), nullable=True),
        sa.Column("note", sqltypes.AutoString(), nullable=True),
        sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitor.id"]),
        sa.CheckConstraint(
            "state NOT IN ('proposed', 'confirmed')"
            " OR (visitor_id IS NOT NULL AND starts_at IS NOT NULL AND busy_until > starts_at)",
            name="ck_home_visit_slot",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "home_visit_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("move", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("state", sqltypes.AutoString(length=10), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["home_visit.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "booking_pass",
        sa.Column("booking_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("code", sqltypes.AutoString(length=8), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("booking_id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "admission",
        sa.Column("key", sqltypes.AutoString(length=60), nullable=False),
        sa.Column("event_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("booking_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("door", sqltypes.AutoString(length=40), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("booking_id"),
    )
    op.create_table(
        "event_answer",
        sa.Column("booking_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("question", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("answer", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("booking_id", "question"),
    )
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _keep_visits_apart()


def downgrade() -> None:
    """Take it back. The extension stays: something else may use it by now."""
    for table in ("event_answer", "admission", "booking_pass", "home_visit_move", "home_visit", "visitor"):
        op.drop_table(table)


_INDEXES = (
    ("home_visit", "family_id"),
    ("home_visit", "child_id"),
    ("home_visit", "asked_by"),
    ("home_visit", "state"),
    ("home_visit", "visitor_id"),
    ("home_visit_move", "visit_id"),
    ("admission", "event_id"),
)


def _keep_visits_apart() -> None:
    """A visitor, and a family, can hold one visit at a time, the way to the next included."""
    try:
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    except ProgrammingError as error:
        raise Misconfigured(
            "the database needs the extension btree_gist, which comes with PostgreSQL; as its owner run"
            " CREATE EXTENSION btree_gist; and start again"
        ) from error
    for who in ("visitor_id", "family_id"):
        op.execute(
            f"ALTER TABLE home_visit ADD CONSTRAINT ex_home_visit_{who} EXCLUDE USING gist"
            f" ({who} WITH =, tstzrange(starts_at, busy_until) WITH &&)"
            " WHERE (state IN ('proposed', 'confirmed'))"
        )
