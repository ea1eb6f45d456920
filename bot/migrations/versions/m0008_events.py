"""Offline events: the events, what families have there, the children named, and why an offer was made or not."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_LIVE = sa.text("state IN ('held', 'offered', 'confirmed', 'waiting')")


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "event",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("code", sqltypes.AutoString(length=60), nullable=False),
        sa.Column("series", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=12), nullable=False),
        sa.Column("title_zh", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("title_en", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("host", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("district", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("street", sqltypes.AutoString(length=20), nullable=False),
        sa.Column("place", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("map_url", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("zone", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("starts_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ends_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("months_from", sa.Integer(), nullable=False),
        sa.Column("months_to", sa.Integer(), nullable=False),
        sa.Column("language", sqltypes.AutoString(length=4), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("adult_capacity", sa.Integer(), nullable=True),
        sa.Column("adult_ceiling", sa.Integer(), nullable=True),
        sa.Column("adults_taken", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("seat_for", sqltypes.AutoString(length=6), nullable=False),
        sa.Column("most_children", sa.Integer(), nullable=False),
        sa.Column("most_adults", sa.Integer(), nullable=False),
        sa.Column("opens_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closes_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("cost_yuan", sa.Integer(), nullable=False),
        sa.Column("bring", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("picture_url", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("contact", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("topics", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("status", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("reconfirm", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "adults_taken >= 0 AND (adult_ceiling IS NULL OR adults_taken <= adult_ceiling)", name="ck_event_adults"
        ),
        sa.CheckConstraint("capacity >= 0 AND ceiling >= capacity", name="ck_event_capacity"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_event_times"),
        sa.CheckConstraint("taken >= 0 AND taken <= ceiling", name="ck_event_taken"),
        sa.CheckConstraint("waiting >= 0", name="ck_event_waiting"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_event_district", "event", ["district"], unique=False)
    op.create_index("ix_event_series", "event", ["series"], unique=False)
    op.create_index("ix_event_starts_at", "event", ["starts_at"], unique=False)
    op.create_index("ix_event_status", "event", ["status"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("event_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("request_key", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("state", sqltypes.AutoString(length=12), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("adult_seats", sa.Integer(), nullable=False),
        sa.Column("held_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("waits_from", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("lapsed", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("coming_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("checked_in_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "seats >= 0 AND adult_seats >= 0 AND children >= 1 AND adults >= 0", name="ck_booking_seats"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_key"),
    )
    op.create_index("ix_booking_chat_key", "booking", ["chat_key"], unique=False)
    op.create_index("ix_booking_family_id", "booking", ["family_id"], unique=False)
    op.create_index("ix_booking_held_until", "booking", ["held_until"], unique=False)
    op.create_index("ix_booking_queue", "booking", ["event_id", "state", "priority", "waits_from"], unique=False)
    op.create_index(
        "uq_booking_live", "booking", ["event_id", "family_id"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )
    op.create_table(
        "booking_child",
        sa.Column("booking_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("booking_id", "child_id"),
    )
    op.create_index("ix_booking_child_child_id", "booking_child", ["child_id"], unique=False)
    op.create_table(
        "offer_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("booking_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("what", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_offer_note_booking_id", "offer_note", ["booking_id"], unique=False)
    op.create_index("ix_offer_note_event_id", "offer_note", ["event_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_offer_note_event_id", table_name="offer_note")
    op.drop_index("ix_offer_note_booking_id", table_name="offer_note")
    op.drop_table("offer_note")
    op.drop_index("ix_booking_child_child_id", table_name="booking_child")
    op.drop_table("booking_child")
    op.drop_index("uq_booking_live", table_name="booking", sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.drop_index("ix_booking_queue", table_name="booking")
    op.drop_index("ix_booking_held_until", table_name="booking")
    op.drop_index("ix_booking_family_id", table_name="booking")
    op.drop_index("ix_booking_chat_key", table_name="booking")
    op.drop_table("booking")
    op.drop_index("ix_event_status", table_name="event")
    op.drop_index("ix_event_starts_at", table_name="event")
    op.drop_index("ix_event_series", table_name="event")
    op.drop_index("ix_event_district", table_name="event")
    op.drop_table("event")
