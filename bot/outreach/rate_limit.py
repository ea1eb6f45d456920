"""The rate of a token, shared by every process through the database.

Two rows carry it: one for the token, one for each chat that was written to a moment ago (a few seconds old at most; they
hold the hidden address and an instant, and are swept away). Whoever reserves holds the token's row meanwhile, and asks
the clock only then, so that no instant is older than the row. Several wishes are answered in one transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from bot.clock import Clock
from bot.database import Database
from bot.outreach.send_rate import Grant, Limits, TokenState, Wish, grant, halted

SWEEP_EVERY = timedelta(seconds=20)


class RateTokenRow(SQLModel, table=True):
    """One token. `token_key` says nothing about the token; see `TokenState` for the rest."""

    __tablename__ = "rate_token"

    token_key: str = Field(primary_key=True, max_length=32)
    next_at: datetime | None = None
    live_at: str = "[]"
    halted_at: datetime | None = None
    halted_until: datetime | None = None
    swept_at: datetime | None = None


class RateChatRow(SQLModel, table=True):
    """A chat that was written to: its next message may leave at `free_at`."""

    __tablename__ = "rate_chat"

    token_key: str = Field(primary_key=True, max_length=32)
    chat_key: str = Field(primary_key=True, max_length=32)
    free_at: datetime = Field(index=True)


def token_key(token: str) -> str:
    """The name of a token in the tables."""
    return hashlib.sha256(b"qihui rate of token " + token.encode()).hexdigest()[:32]


class RateLimiter:
    """Hands out the slots of one token. Safe for any number of threads and processes."""

    def __init__(self, database: Database, clock: Clock, token_key: str, limits: Limits) -> None:
        self._database = database
        self._clock = clock
        self._token_key = token_key
        self.limits = limits

    def now(self) -> datetime:
        """The instant by the clock that the slots are counted in."""
        return self._clock.now()

    def reserve(self, wish: Wish) -> Grant:
        """Answer one wish, see `send_rate`."""
        return self.reserve_many([wish])[0]

    def reserve_many(self, wishes: Sequence[Wish]) -> list[Grant]:
        """Answer wishes in their order, in one transaction; what stands first comes first."""
        with self._database.transaction() as session:
            row = self._hold(session)
            now = self._clock.now()
            state = _state(row)
            free_at = self._chats(session, {wish.chat_key for wish in wishes})
            before = dict(free_at)
            grants: list[Grant] = []
            for wish in wishes:
                answer, state, free = grant(state, free_at.get(wish.chat_key), wish, now, self.limits)
                if free is not None:
                    free_at[wish.chat_key] = free
                grants.append(answer)
            self._keep(session, row, state)
            self._keep_chats(session, {key: at for key, at in free_at.items() if before.get(key) != at})
            if row.swept_at is None or not timedelta() <= now - row.swept_at < SWEEP_EVERY:
                row.swept_at = now
                old = (col(RateChatRow.token_key) == self._token_key, col(RateChatRow.free_at) < now)
                session.execute(delete(RateChatRow).where(*old))
            return grants

    def halt(self, after_s: float) -> None:
        """Telegram answered 429: nobody sends for `after_s` seconds, in no process."""
        with self._database.transaction() as session:
            row = self._hold(session)
            self._keep(session, row, halted(_state(row), self._clock.now(), after_s))

    def halted_until(self) -> datetime | None:
        """Until when the token must be silent; None when it need not."""
        with self._database.reading() as session:
            row = session.get(RateTokenRow, self._token_key)
            until = row.halted_until if row is not None else None
        return until if until is not None and until > self._clock.now() else None

    def _hold(self, session: Session) -> RateTokenRow:
        """The token's row, which nobody else changes until the transaction ends."""
        wanted = select(RateTokenRow).where(col(RateTokenRow.token_key) == self._token_key).with_for_update()
        row = session.scalars(wanted).first()
        if row is None:
            insert = self._insert(session)(_TOKENS).values(token_key=self._token_key, live_at="[]")
            session.execute(insert.on_conflict_do_nothing())
            row = session.scalars(wanted).one()
        return row

    def _chats(self, session: Session, keys: set[str]) -> dict[str, datetime]:
        if self.limits.per_second is None:
            return {}
        wanted = (col(RateChatRow.token_key) == self._token_key, col(RateChatRow.chat_key).in_(sorted(keys)))
        found = session.execute(select(_CHATS.c.chat_key, _CHATS.c.free_at).where(*wanted)).all()
        return {str(key): at for key, at in found}

    @staticmethod
    def _keep(session: Session, row: RateTokenRow, state: TokenState) -> None:
        row.next_at, row.halted_at, row.halted_until = state.next_at, state.halted_at, state.halted_until
        row.live_at = json.dumps([at.isoformat() for at in state.live_at])
        session.add(row)

    def _keep_chats(self, session: Session, free_at: dict[str, datetime]) -> None:
        if not free_at:
            return
        insert = self._insert(session)(_CHATS)
        upsert = insert.on_conflict_do_update(
            index_elements=["token_key", "chat_key"], set_={"free_at": insert.excluded.free_at}
        )
        rows = [{"token_key": self._token_key, "chat_key": key, "free_at": at} for key, at in sorted(free_at.items())]
        session.execute(upsert, rows)

    @staticmethod
    def _insert(session: Session) -> "type[postgresql.Insert | sqlite.Insert]":
        return postgresql.Insert if session.get_bind().dialect.name == "postgresql" else sqlite.Insert


_TOKENS = RateTokenRow.__table__  # type: ignore[attr-defined]
_CHATS = RateChatRow.__table__  # type: ignore[attr-defined]


def _state(row: RateTokenRow) -> TokenState:
    live_at = tuple(datetime.fromisoformat(at) for at in json.loads(row.live_at))
    return TokenState(row.next_at, live_at, row.halted_at, row.halted_until)


def forget_chat(session: Session, chat_key: str) -> None:
    """Let go of when a chat was last written to."""
    session.execute(delete(RateChatRow).where(col(RateChatRow.chat_key) == chat_key))
