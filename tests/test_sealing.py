"""Fields about a child are sealed at rest, each in its own place, and keys can be changed beside the running bot."""

import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

import bot.migrations.env_tables  # noqa: F401 - registers every table
from bot.database import Database
from bot.errors import Misconfigured
from bot.families.children import add_child, children_shared
from bot.families.consent import give
from bot.families.family_rows import ChildRow
from bot.families.membership import found_family
from bot.flow import Visit
from bot.key_file import add_key, keep_newest, open_keys
from bot.resealing import keys_in_use, reseal, sealed_columns
from bot.sealing import CannotOpen, Keyring, key_of, place_of, row_of
from bot.settings import Settings
from bot.wiring import read_data_keys, rotate_data_key
from tests.conftest import KEYS, FixedClock

PLACES = st.builds(place_of, st.text(max_size=8), st.text(max_size=20), st.text(max_size=8))


@given(st.text(max_size=200), PLACES)
def test_what_was_sealed_opens_in_its_place(text: str, place: str) -> None:
    assert KEYS.open(KEYS.seal(text, place), place) == text


@given(st.text(max_size=40), PLACES, PLACES)
def test_what_was_sealed_opens_nowhere_else(text: str, place: str, other: str) -> None:
    if place != other:
        with pytest.raises(CannotOpen):
            KEYS.open(KEYS.seal(text, place), other)


@given(st.text(min_size=1, max_size=40), st.data())
def test_one_changed_character_is_noticed(text: str, data: st.DataObject) -> None:
    sealed = KEYS.seal(text, "a place")
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(CannotOpen):
        KEYS.open(changed, "a place")


@given(st.text(max_size=300))
def test_no_text_that_is_not_sealed_opens(text: str) -> None:
    with pytest.raises(CannotOpen):
        KEYS.open(text, "a place")


def test_the_same_text_is_never_sealed_the_same_way_and_shows_nothing() -> None:
    first, second = KEYS.seal("豆豆", "a place"), KEYS.seal("豆豆", "a place")
    assert first != second
    assert "豆豆" not in first
    assert key_of(first) == KEYS.current


def test_keys_of_a_wrong_length_are_a_bug() -> None:
    for keys in ([], [b"short"]):
        with pytest.raises(ValueError, match="32 bytes"):
            Keyring(keys)


def test_a_key_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "data-key"
    first = open_keys(file, None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_keys(file, None).open(first.seal("豆豆", "p"), "p") == "豆豆"
    assert [path.name for path in file.parent.iterdir()] == ["data-key"]


@pytest.mark.parametrize("given_key", ["", "豆豆", "c2hvcnQ=", "a" * 44 + ",x"])
def test_a_setting_that_is_no_key_is_refused_with_what_to_write(tmp_path: Path, given_key: str) -> None:
    with pytest.raises(Misconfigured, match=r"QIHUI_DATA_KEY.*openssl rand -base64 32"):
        open_keys(tmp_path / "data-key", given_key)
    assert not (tmp_path / "data-key").exists()


def test_a_broken_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data-key").write_text("nonsense\n")
    with pytest.raises(Misconfigured, match="data-key"):
        open_keys(tmp_path / "data-key", None)


def test_a_fresh_key_seals_and_the_old_one_still_opens_until_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "data-key"
    before = open_keys(file, None)
    sealed = before.seal("豆豆", "p")
    add_key(file)
    after = open_keys(file, None)
    assert after.current != before.current
    assert after.open(sealed, "p") == "豆豆"
    assert before.open(after.seal("米米", "p"), "p") == "米米", "a running process fetches the new key"
    assert keep_newest(file, 1) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CannotOpen):
        open_keys(file, None).open(sealed, "p")


def a_child_in(database: Database, keys: Keyring, clock: FixedClock) -> None:
    with database.transaction() as session:
        visit = Visit(session, "mother", "test", clock.now(), clock.today(), clock.day_of, keys, b"s")
        family = found_family(visit)
        give(visit, family, "answers")
        add_child(visit, family, "豆豆", date(2026, 3, 24), approximate=False, gestation_weeks=34)


def children_in(database: Database, keys: Keyring, clock: FixedClock) -> list[tuple[str, date, int | None]]:
    with database.transaction() as session:
        visit = Visit(session, "mother", "test", clock.now(), clock.today(), clock.day_of, keys, b"s")
        return [(one.nickname, one.born_on, one.gestation_weeks) for one in children_shared(visit)]


def test_every_field_about_a_child_is_sealed(any_database: Database, clock: FixedClock) -> None:
    a_child_in(any_database, KEYS, clock)
    with any_database.transaction() as session:
        row = session.exec(select(ChildRow)).one()
    plain = {"id", "family_id", "added_at"}
    for column in ChildRow.__table__.columns:
        value = getattr(row, column.name)
        assert column.name in plain or value is None or key_of(value) == KEYS.current, column.name
    assert "豆豆" not in str(row)
    assert "2026-03-24" not in str(row)


def test_a_sealed_field_moved_to_another_row_or_column_does_not_open(any_database: Database, clock: FixedClock) -> None:
    a_child_in(any_database, KEYS, clock)
    with any_database.transaction() as session:
        row = session.exec(select(ChildRow)).one()
        row.nickname = row.born_on
        session.add(row)
    with pytest.raises(CannotOpen, match="child"):
        children_in(any_database, KEYS, clock)


def test_the_columns_that_are_sealed() -> None:
    assert {f"{table.name}.{column.name}" for table, column in sealed_columns()} >= {
        "child.nickname", "child.born_on", "child.gestation_weeks", "child.sex", "child.district", "child.street",
        "conversation.step", "delivery.replies",
    }  # fmt: skip


def test_whatever_belongs_to_a_family_or_a_child_goes_with_it() -> None:
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in {"family", "child"}:
                # an announcement keeps its count, not whose it was
                goes = "SET NULL" if table.name == "announcement_recipient" else "CASCADE"
                assert key.ondelete == goes, f"{table.name}.{key.parent.name}"


def test_keys_are_changed_with_nothing_lost(any_database: Database, clock: FixedClock) -> None:
    old, new = b"o" * 32, b"n" * 32
    a_child_in(any_database, Keyring([old]), clock)
    both = Keyring([new, old])
    assert reseal(any_database, both) == 3
    assert reseal(any_database, both) == 0
    only_new = Keyring([new])
    assert children_in(any_database, only_new, clock) == [("豆豆", date(2026, 3, 24), 34)]
    with any_database.transaction() as session:
        assert keys_in_use(session) == {only_new.current}


def test_the_command_changes_the_key_file_and_everything_sealed(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    database = Database(settings.effective_database_url)
    database.upgrade()
    first = read_data_keys(settings, database)
    a_child_in(database, first, clock)
    count, left = rotate_data_key(settings)
    assert count == 3
    assert "data-key" in left
    second = read_data_keys(settings, database)
    assert second.current != first.current
    assert children_in(database, first, clock) == children_in(database, second, clock), "the running bot reads on"
    rotate_data_key(settings)
    rotate_data_key(settings)
    assert len(settings.data_key_file.read_text().split()) == 2
    assert children_in(database, read_data_keys(settings, database), clock) == [("豆豆", date(2026, 3, 24), 34)]


def test_a_start_without_the_key_of_what_is_stored_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    database = Database(settings.effective_database_url)
    database.upgrade()
    a_child_in(database, read_data_keys(settings, database), clock)
    settings.data_key_file.unlink()
    with pytest.raises(Misconfigured, match="put it back"):
        read_data_keys(settings, database)


def test_a_row_of_several_keys_is_one_place() -> None:
    assert row_of("web", "a") != row_of("we", "ba")
