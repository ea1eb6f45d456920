"""Files with texts for the guide that wait for a yes."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "guide_import",
        sa.Column("login", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("files", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("brought", sqltypes.AutoString(), nullable=False),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("login"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("guide_import")
