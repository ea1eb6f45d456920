"""The engine, one way to run a transaction, and everything that differs between SQLite and PostgreSQL."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlmodel import Session, create_engine

from bot.errors import Misconfigured

BUSY_TIMEOUT_S = 15

POOL_SIZE, POOL_OVERFLOW = 16, 8
"""Connections to PostgreSQL that a process keeps open, and how many more for a moment: opening one costs more than the
transaction that it is for, so that a process with 16 busy threads must not open any."""

_ONLY_READS = "qihui_only_reads"


class _OneWriter:
    """A lock handed on in the order of asking: whoever writes again and again does not keep the others out.

    It says so when a thread waits for itself: a transaction inside a transaction would wait for ever.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    def __enter__(self) -> None:
        me, turn = threading.get_ident(), threading.Lock()
        with self._guard:
            if self._holder == me:
                message = "a transaction inside a transaction: pass the session on"
                raise RuntimeError(message)
            if self._holder is None:
                self._holder = me
                return
            turn.acquire()
            self._waiting.append((me, turn))
        try:
            turn.acquire()
        except BaseException:  # interrupted while waiting: nobody may be left waiting for a thread that is gone
            with self._guard:
                was_handed_on = (me, turn) not in self._waiting
                if not was_handed_on:
                    self._waiting.remove((me, turn))
            if was_handed_on:
                self.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            if not self._waiting:
                self._holder = None
                return
            self._holder, turn = self._waiting.popleft()
        turn.release()


class Database:
    """A database by its address; opens connections when they are first needed."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        parsed = make_url(self.url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        arguments: dict[str, Any] = (
            {"connect_args": {"timeout": BUSY_TIMEOUT_S}}
            if self.is_sqlite
            else {"pool_size": POOL_SIZE, "max_overflow": POOL_OVERFLOW}
        )
        self.engine: Engine = create_engine(self.url, pool_pre_ping=not self.is_sqlite, **arguments)
        self._reader = self.engine.execution_options(**{_ONLY_READS: True})
        self._turn: AbstractContextManager[object] = _OneWriter() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            _let_writers_wait(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises. One writer at a time on SQLite."""
        # threads of this process queue here: SQLite's own way of waiting is to sleep and ask again
        with self._turn, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads. It never waits for a writer, and sees what was committed before it began."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def wipe_traces(self) -> None:
        """Write what was deleted out of SQLite's journal too; call after an erasure, outside a transaction.

        PostgreSQL lets go of dead rows by its own vacuum. While another process reads, SQLite does what it can and
        the next call does the rest.
        """
        if not self.is_sqlite:
            return
        with self._turn:
            raw = self.engine.raw_connection()  # a checkpoint cannot run inside a transaction
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                raw.close()

    def copied_to(self, file: Path) -> "Database":
        """A copy of an SQLite database as it is now; a PostgreSQL database is itself: roll back what you try there."""
        if not self.is_sqlite:
            return self
        with closing(sqlite3.connect(file)) as target, self._turn:
            raw = self.engine.raw_connection()
            try:
                raw.driver_connection.backup(target)  # type: ignore[union-attr]
            finally:
                raw.close()
        return Database(f"sqlite:///{file.as_posix()}")

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; safe to call at every start.

        Raises: Misconfigured: the database cannot be reached.
        """
        try:
            command.upgrade(self._alembic(), revision)
        except OperationalError as error:
            shown = make_url(self.url).render_as_string(hide_password=True)
            message = f"the database {shown} cannot be reached; check QIHUI_DATABASE_URL and that it runs"
            raise Misconfigured(message) from error

    def downgrade(self, revision: str) -> None:
        """Take the tables back to `revision` ("base": none)."""
        command.downgrade(self._alembic(), revision)

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["engine"] = self.engine
        return config


def _with_driver(url: str) -> str:
    """Accept the addresses that operators paste; PostgreSQL is always spoken to through psycopg 3."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            url = "postgresql+psycopg://" + url.removeprefix(short)
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        message = "QIHUI_DATABASE_URL is not an address; write it like postgresql://user:password@host/name"
        raise Misconfigured(message) from error
    if backend not in {"sqlite", "postgresql"}:
        message = f"QIHUI_DATABASE_URL: {backend} is not supported; use SQLite or PostgreSQL"
        raise Misconfigured(message)
    return url


def _let_writers_wait(engine: Engine) -> None:
    """WAL lets readers go on; BEGIN IMMEDIATE makes a writer wait its turn instead of failing half-way."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # pysqlite's own BEGIN comes too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten in the file
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        only_reads = connection.get_execution_options().get(_ONLY_READS, False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
