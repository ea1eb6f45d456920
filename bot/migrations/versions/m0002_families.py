"""Families, children, consent, invitations; open steps and display wishes of a dialogue."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DIALOGUE_COLUMNS = ("step", "step_at", "child_id", "child_chosen_at", "large_type", "short_text")


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "family",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "caregiver",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("role", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("kin", sqltypes.AutoString(length=12), nullable=True),
        sa.Column("joined_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("family_id", "chat_key", name="uq_caregiver_family_chat"),
    )
    op.create_table(
        "child",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("nickname", sqltypes.AutoString(), nullable=False),
        sa.Column("born_on", sqltypes.AutoString(), nullable=False),
        sa.Column("gestation_weeks", sqltypes.AutoString(), nullable=True),
        sa.Column("sex", sqltypes.AutoString(), nullable=True),
        sa.Column("district", sqltypes.AutoString(), nullable=True),
        sa.Column("street", sqltypes.AutoString(), nullable=True),
        sa.Column("added_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("purpose", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("version", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("given_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("given_by", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("withdrawn_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("withdrawn_by", sqltypes.AutoString(length=32), nullable=True),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invitation",
        sa.Column("code_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("role", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("made_by", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "family_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("what", sqltypes.AutoString(length=24), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, column in _indexes():
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("step", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("step_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("child_id", sqltypes.AutoString(length=16), nullable=True))
        batch_op.add_column(sa.Column("child_chosen_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("large_type", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("short_text", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE delivery SET replies = NULL WHERE replies IS NOT NULL")  # unsent and unsealed: asked again


def downgrade() -> None:
    """Take it back."""
    op.execute("UPDATE delivery SET replies = NULL WHERE replies IS NOT NULL")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        for column in reversed(_DIALOGUE_COLUMNS):
            batch_op.drop_column(column)
    for table, column in reversed(_indexes()):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in ("family_change", "invitation", "consent", "child", "caregiver", "family"):
        op.drop_table(table)


def _indexes() -> list[tuple[str, str]]:
    tables = ("caregiver", "child", "consent", "invitation", "family_change")
    people = [
        ("caregiver", "chat_key"),
        ("consent", "given_by"),
        ("consent", "withdrawn_by"),
        ("invitation", "made_by"),
        ("family_change", "by"),
    ]
    return [*((table, "family_id") for table in tables), *people]
