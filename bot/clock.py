"""The only caller of the system's clock. UTC inside; calendar days are those of the families' zone."""

from datetime import UTC, date, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time; tests bring their own."""

    @property
    def zone(self) -> tzinfo:
        """The families' zone."""
        ...

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        ...

    def today(self) -> date:
        """The calendar day in the families' zone."""
        ...

    def day_of(self, instant: datetime) -> date:
        """The calendar day of an instant in the families' zone."""
        ...


class SystemClock:
    """The machine's clock, with days counted in `timezone`."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)

    @property
    def zone(self) -> tzinfo:
        """See `Clock`."""
        return self._zone

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)

    def today(self) -> date:
        """See `Clock`."""
        return datetime.now(self._zone).date()

    def day_of(self, instant: datetime) -> date:
        """See `Clock`."""
        return instant.astimezone(self._zone).date()
