"""The tables come up and go down on both databases, and match what the code believes of them."""

import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import bot.migrations.env_tables  # noqa: F401 - registers every table
from bot.database import Database
from bot.errors import Misconfigured


def test_migrations_go_up_and_down_and_up_again(any_database: Database) -> None:
    any_database.downgrade("base")
    assert set(inspect(any_database.engine).get_table_names()) <= {"alembic_version"}
    any_database.upgrade()
    any_database.upgrade()
    assert {"conversation", "delivery", "question"} <= set(inspect(any_database.engine).get_table_names())


def test_the_migrated_tables_are_those_of_the_code(any_database: Database) -> None:
    with any_database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_an_address_that_is_none_is_refused_with_the_setting_to_mend() -> None:
    with pytest.raises(Misconfigured, match="QIHUI_DATABASE_URL"):
        Database("not an address")
    with pytest.raises(Misconfigured, match="mysql is not supported"):
        Database("mysql://user@host/db")


def test_a_database_that_is_not_there_is_said_without_its_password() -> None:
    unreachable = Database("postgresql://user:sekret@127.0.0.1:1/none?connect_timeout=1")
    with pytest.raises(Misconfigured, match="cannot be reached") as caught:
        unreachable.upgrade()
    assert "sekret" not in str(caught.value)


def test_a_transaction_inside_a_transaction_is_named_and_does_not_wait_for_ever(database: Database) -> None:
    with database.transaction(), pytest.raises(RuntimeError, match="inside a transaction"), database.transaction():
        pass
    with database.transaction():
        pass


def test_writers_of_one_process_have_their_turn_in_the_order_of_asking(tmp_path: Path) -> None:
    database, done, stop = Database(f"sqlite:///{tmp_path}/busy.sqlite3"), [], threading.Event()

    def write_on_and_on() -> None:
        while not stop.is_set():
            with database.transaction():
                ends_s = time.perf_counter() + 0.004
                while time.perf_counter() < ends_s:  # work, not a wait
                    pass
                done.append(1)

    busy = [threading.Thread(target=write_on_and_on) for _ in range(4)]
    for thread in busy:
        thread.start()
    overtaken = []
    try:
        for _ in range(30):
            before = len(done)
            with database.transaction():
                overtaken.append(len(done) - before)
    finally:
        stop.set()
        for thread in busy:
            thread.join()
    assert max(overtaken) <= len(busy), overtaken
