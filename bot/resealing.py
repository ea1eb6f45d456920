"""Give every sealed field a new seal after a change of keys, a few rows at a time, beside the running bot."""

from collections.abc import Iterator

from sqlalchemy import Column, Table, func, select, update
from sqlmodel import Session, SQLModel

from bot.database import Database
from bot.sealing import KEY_ID_CHARACTERS, SEALED, Keyring, place_of, row_of

ROWS_AT_ONCE = 200


def sealed_columns() -> Iterator[tuple[Table, "Column[str]"]]:
    """Every sealed column of the tables that are known to this process."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get(SEALED):
                yield table, column


def keys_in_use(session: Session) -> set[str]:
    """The ids of the keys that something in the database is sealed with."""
    found: set[str] = set()
    for table, column in sealed_columns():
        name = func.substr(column, 3, KEY_ID_CHARACTERS)
        found |= {
            str(row[0])
            for row in session.execute(select(name).select_from(table).where(column.is_not(None)).distinct())
        }
    return found


def reseal(database: Database, keys: Keyring) -> int:
    """Seal with the current key whatever another key has sealed. Returns how many fields were sealed anew.

    A field that somebody changes meanwhile is left to the next round, which runs until nothing is left.
    Raises: CannotOpen: a field's key is not there; what was done until then stays.
    """
    return sum(_reseal_column(database, keys, table, column) for table, column in sealed_columns())


def _reseal_column(database: Database, keys: Keyring, table: Table, column: "Column[str]") -> int:
    primary = list(table.primary_key.columns)
    others = (column.is_not(None), func.substr(column, 3, KEY_ID_CHARACTERS) != keys.current)
    done = 0
    while True:
        with database.transaction() as session:
            rows = session.execute(select(column, *primary).where(*others).limit(ROWS_AT_ONCE)).all()
            for sealed, *identity in rows:
                place = place_of(table.name, row_of(*identity), column.name)
                fresh = keys.seal(keys.open(sealed, place), place)
                same = [part == value for part, value in zip(primary, identity, strict=True)]
                session.execute(update(table).where(*same, column == sealed).values({column: fresh}))
        if not rows:
            return done
        done += len(rows)
