"""What Alembic runs: it takes the engine that `bot.database` hands over and migrates in one transaction."""

from alembic import context
from sqlmodel import SQLModel

import bot.migrations.env_tables  # noqa: F401 - registers every table

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
