"""Put a process together: the only file that knows every part. One function a process."""

import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import Clock, SystemClock
from bot.errors import Misconfigured
from bot.questions.asking import Asking
from bot.questions.second_opinion import EndpointOpinion, SecondOpinion
from bot.settings import Settings
from bot.tickets.counsellor_days import read_counsellor_hours
from index.assemble import make_encoder, open_retriever
from index.encoder import Encoder, EncoderUnavailable
from index.manifest import IndexStale, Manifest
from index.retriever import Retriever
from knowledge.faults import GuideFault
from knowledge.load import Shipped, load
from knowledge.near_places import served_places
from knowledge.place_register import PlaceRegister

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.conversation import Conversation
    from bot.curation.living_guide import Edition, LivingGuide
    from bot.database import Database
    from bot.outreach.family_budget import Limits
    from bot.outreach.rehearsal import RehearsedDay
    from bot.sealing import Keyring
    from knowledge.guide import Guide

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Knowing:
    """What answers questions: an edition with its opened index."""

    shipped: Shipped
    asking: Asking
    retriever: Retriever
    encoder: Encoder
    manifest: Manifest


@dataclass(frozen=True)
class Talking:
    """What holds conversations: the knowledge with a database behind it."""

    knowing: Knowing
    database: "Database"
    conversation: "Conversation"
    clock: Clock
    keys: "Keyring"
    secret: bytes
    living: "LivingGuide"
    make_asking: "Callable[[Edition], Asking]"

    register: PlaceRegister

    def keep_up(self) -> bool:
        """Answer from what is published now; quick where nothing changed. Returns whether another edition is served.

        Service points that staff took in are named from now on too.
        """
        places = self.register.changed()
        if places is not None:
            self.conversation.take_places(places)
        self.living.refresh()
        self.living.take_fitted()
        changed = self.living.has_news()  # a page of the staff may have looked before us
        if changed:
            self.conversation.take_edition(self.make_asking(self.living.current))
        return changed


def load_guide(settings: Settings) -> Shipped:
    """The shipped edition under these settings; malformed entries are reported in the log and left out.

    Raises: Misconfigured: the registers cannot be read.
    """
    try:
        shipped = load(only_signed=settings.only_signed, own_places=settings.places_file)
    except GuideFault as fault:
        message = f"the guide cannot be read; run `qihui guide check`:\n{fault}"
        raise Misconfigured(message) from fault
    for problem in shipped.problems:
        log.warning("left out of the guide: %s", problem)
    return shipped


def open_encoder(settings: Settings, *, bulk: bool = False) -> Encoder:
    """The encoder of the settings; `bulk`: for many texts, where speed counts more than memory.

    Raises: Misconfigured: it is not on this machine.
    """
    try:
        return make_encoder(settings.encoder, settings.encoder_folder, bulk=bulk)
    except EncoderUnavailable as error:
        raise Misconfigured(str(error)) from error


def open_knowledge(settings: Settings, shipped: Shipped | None = None) -> Knowing:
    """What a process needs to answer questions.

    Raises: Misconfigured: the guide, the encoder or the prepared index is missing; the message says what to run.
    """
    shipped = shipped or load_guide(settings)
    encoder = open_encoder(settings)
    try:
        retriever, manifest = open_retriever(settings.index_folder, shipped.guide, encoder, settings.vector_index)
    except IndexStale as error:
        raise Misconfigured(str(error)) from error
    asking = Asking(shipped, retriever, settings.danger_threshold, open_opinion(settings))
    return Knowing(shipped, asking, retriever, encoder, manifest)


def open_opinion(settings: Settings) -> SecondOpinion | None:
    """The larger helper of the settings, None where none is set.

    Raises: Misconfigured: two are set, or the model is not on this machine.
    """
    if settings.cross_encoder and settings.chooser_url:
        raise Misconfigured("set QIHUI_CROSS_ENCODER or QIHUI_CHOOSER_URL, not both")
    if settings.chooser_url:
        key = settings.chooser_key.get_secret_value() if settings.chooser_key else ""
        return EndpointOpinion(settings.chooser_url, settings.chooser_model, key, settings.chooser_timeout_s)
    if settings.cross_encoder:
        from index.cross_encoder import CrossEncoderOpinion

        try:
            return CrossEncoderOpinion(settings.cross_encoder)
        except EncoderUnavailable as error:
            raise Misconfigured(str(error)) from error
    return None


def open_conversation(settings: Settings) -> Talking:
    """What a process needs to talk with people; brings the database's tables up to date first.

    Raises: Misconfigured: see `open_knowledge`; the database cannot be reached.
    """
    from bot.conversation.conversation import Conversation
    from bot.database import Database
    from bot.guide_wiring import open_living_guide

    database = Database(settings.effective_database_url)
    database.upgrade()
    keys = read_data_keys(settings, database)
    knowing = open_knowledge(settings)
    check_care_data()
    clock = SystemClock(settings.timezone)
    secret = read_secret(settings)
    conversation = Conversation(
        database,
        knowing.asking,
        clock,
        secret,
        keys,
        settings.telegram_name,
        settings.effective_public_url,
        ZoneInfo(settings.timezone),
        served_places(knowing.shipped.places, demo=settings.demo),
        here_only=settings.public_url is None,
        counsellor_hours=read_counsellor_hours(settings.counsellor_hours),
    )
    conversation.purge()
    living = open_living_guide(
        database,
        clock,
        knowing.shipped,
        knowing.retriever,
        load() if settings.only_signed else knowing.shipped,
        lambda guide: _open_prepared(settings, guide, knowing.encoder),
    )
    opinion = open_opinion(settings)
    talking = Talking(
        knowing,
        database,
        conversation,
        clock,
        keys,
        secret,
        living,
        lambda edition: Asking(edition.shipped, edition.retriever, settings.danger_threshold, opinion),
        PlaceRegister(settings.places_file, demo=settings.demo),
    )
    talking.keep_up()
    return talking


def _open_prepared(settings: Settings, guide: "Guide", encoder: Encoder) -> Retriever | None:
    try:
        return open_retriever(settings.index_folder, guide, encoder, settings.vector_index)[0]
    except IndexStale:
        return None


def open_records(settings: Settings) -> "tuple[Database, Keyring]":
    """The database with its keys, tables up to date: for commands that read about families and ask nothing.

    Raises: Misconfigured: the database cannot be reached, or a key is missing.
    """
    from bot.database import Database

    database = Database(settings.effective_database_url)
    database.upgrade()
    return database, read_data_keys(settings, database)


def family_limits(settings: Settings) -> "Limits":
    """The family budget and quiet hours of the settings.

    Raises: Misconfigured: they contradict each other.
    """
    from bot.outreach.family_budget import Limits
    from bot.outreach.quiet_hours import QuietHours

    try:
        quiet = QuietHours(settings.quiet_from, settings.quiet_until)
        kept = min(1, settings.messages_per_week - 1)
        return Limits(settings.messages_per_day, settings.messages_per_week, kept, quiet)
    except ValueError as error:
        message = f"QIHUI_MESSAGES_PER_DAY, QIHUI_MESSAGES_PER_WEEK, QIHUI_QUIET_FROM, QIHUI_QUIET_UNTIL: {error}"
        raise Misconfigured(message) from error


def rehearse_days(settings: Settings, days: int) -> "list[RehearsedDay]":
    """What would go out in the next days; nothing is sent and nothing kept.

    SQLite is copied first, so that the running bot is not kept waiting; on PostgreSQL one transaction is rolled back.
    Raises: Misconfigured: see `open_records`.
    """
    import tempfile

    from sqlmodel import Session

    from bot.care.plan_nudges import NudgeSetup, plan_all
    from bot.conversation.sending_rules import sending_rules
    from bot.outreach.rehearsal import rehearse

    database, keys = open_records(settings)
    zone, limits = ZoneInfo(settings.timezone), family_limits(settings)
    setup, rules = NudgeSetup(zone, limits.quiet), sending_rules(keys, zone, limits)
    now = SystemClock(settings.timezone).now()
    with tempfile.TemporaryDirectory(prefix="qihui-dry-run-") as folder:
        copy = database.copied_to(Path(folder) / "copy.sqlite3")
        with Session(copy.engine) as session, session.begin() as kept:
            plan = lambda within, at: plan_all(within, keys, setup, at)  # noqa: E731 - one line says it
            rehearsed = list(rehearse(session, keys, rules, zone, now, days, plan))
            kept.rollback()
        copy.engine.dispose()
    return rehearsed


def check_care_data() -> None:
    """Read the calendars and the milestones once, so that a broken file stops the start and not a family's question.

    Raises: Misconfigured: a file is missing or malformed.
    """
    from knowledge.load_calendars import load_calendars
    from knowledge.load_growth import load_milestones
    from knowledge.load_nudges import load_nudges

    try:
        load_calendars()
        load_nudges()
        load_milestones()
    except GuideFault as fault:
        message = f"the calendars cannot be read; run `qihui guide check`:\n{fault}"
        raise Misconfigured(message) from fault


def read_data_keys(settings: Settings, database: "Database") -> "Keyring":
    """The keys that seal what is kept about a child: the setting, or a file made at the first start.

    Raises: Misconfigured: they are no keys, or the database holds fields that none of them opens.
    """
    import bot.migrations.env_tables  # noqa: F401 - the tables say which of their columns are sealed
    from bot.key_file import open_keys
    from bot.resealing import keys_in_use

    given = settings.data_key.get_secret_value() if settings.data_key else None
    keys = open_keys(settings.data_key_file, given)
    with database.transaction() as session:
        missing = sorted(name for name in keys_in_use(session) if not keys.knows(name))
    if missing:
        where = "QIHUI_DATA_KEY" if given is not None else str(settings.data_key_file)
        message = (
            f"the database holds fields sealed with key {', '.join(missing)}, which is not in {where}; put it back"
        )
        raise Misconfigured(message)
    return keys


def rotate_data_key(settings: Settings) -> tuple[int, str]:
    """Seal everything about children with a new key. Returns how many fields, and what is left for the operator to do.

    With a key file the new key is made here; the one before stays until the next rotation, because a running process
    may still seal with it. With QIHUI_DATA_KEY the operator puts the new key in front first.
    Raises: Misconfigured: see `read_data_keys`.
    """
    from bot.database import Database
    from bot.key_file import add_key, keep_newest, open_keys
    from bot.resealing import reseal

    database = Database(settings.effective_database_url)
    database.upgrade()
    keys = read_data_keys(settings, database)
    if settings.data_key is None:
        add_key(settings.data_key_file)
        keys = open_keys(settings.data_key_file, None)
    count = reseal(database, keys)
    database.wipe_traces()
    if settings.data_key is None:
        keep_newest(settings.data_key_file, 2)
        return count, f"keep a copy of {settings.data_key_file} with your backups"
    return count, "the keys after the first in QIHUI_DATA_KEY are no longer needed, except for old backups"


def read_secret(settings: Settings) -> bytes:
    """The key that hides chat addresses: the setting, or a file made at the first start, readable by its owner only."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = settings.data / "secret"
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(descriptor, "wb") as file:
        secret = secrets.token_hex(32).encode()
        file.write(secret)
    return secret
