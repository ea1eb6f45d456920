"""Staff who sign in, the audit log, and the guide's revisions."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    kind = sqltypes.AutoString(length=length) if length else sqltypes.AutoString()
    return sa.Column(name, kind, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sqltypes.UTCDateTime(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "staff",
        _text("id", 16), _text("login", 64), _text("name", 80), _text("role", 16), _text("qualification", 120),
        _text("password_hash", 200), _flag("must_change"), _text("totp", nullable=True), _number("totp_step"),
        _text("language", 2), _instant("created_at"), _instant("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("login"),
    )  # fmt: skip
    op.create_table(
        "staff_session",
        _text("token_hash", 64), _text("staff_id", 16), _text("form_key", 64), _text("agent", 120),
        _instant("created_at"), _instant("seen_at"), _instant("expires_at"), _instant("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="CASCADE"), sa.PrimaryKeyConstraint("token_hash"),
    )  # fmt: skip
    op.create_table(
        "staff_invitation",
        _text("code_hash", 64), _text("name", 80), _text("role", 16), _text("created_by", 64),
        _instant("created_at"), _instant("expires_at"), _instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )  # fmt: skip
    op.create_table(
        "audit",
        _number("id"), _instant("at"), _text("who", 64), _text("action", 40), _text("subject", 100), _text("before"),
        _text("after"), _text("reason", 500), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "guide_revision",
        _number("id"), _text("topic_id", 80), _number("number"), _text("state", 12), _text("entry"),
        _text("wordings_zh"), _text("wordings_en"), _number("based_on", nullable=True), _text("text_hash", 16), _text("authors", 300),
        _text("note", 500), _number("version"), _instant("created_at"), _instant("changed_at"),
        _text("reviewed_by", 64, nullable=True), _instant("reviewed_at", nullable=True),
        _instant("publish_at", nullable=True), _instant("published_at", nullable=True), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "guide_topic",
        _text("topic_id", 80), _number("published_id", nullable=True), _number("open_id", nullable=True),
        _number("shipped_id", nullable=True), _number("conflict_id", nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True), _flag("signed"), _number("to_verify"),
        sa.PrimaryKeyConstraint("topic_id"),
    )  # fmt: skip
    state = op.create_table(
        "guide_state",
        _number("id"),
        _number("counter"),
        _flag("only_signed"),
        _text("shipped_edition", 12),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(state, [{"id": 1, "counter": 0, "only_signed": False, "shipped_edition": ""}])
    op.create_table(
        "guide_question",
        _number("id"), _text("text", 300), _text("language", 2), _number("age_months", nullable=True),
        _text("topic_id", 80), _text("added_by", 64), _instant("added_at"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table, column in reversed(_INDEXES):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in ("guide_question", "guide_state", "guide_topic", "guide_revision", "audit", "staff_invitation"):
        op.drop_table(table)
    op.drop_table("staff_session")
    op.drop_table("staff")


_INDEXES = [
    ("staff_session", "staff_id"),
    ("audit", "at"), ("audit", "who"), ("audit", "action"), ("audit", "subject"),
    ("guide_revision", "topic_id"), ("guide_revision", "state"), ("guide_revision", "publish_at"),
    ("guide_question", "topic_id"),
]  # fmt: skip
