"""Messages of one kind and topic that fail alike, one after another, stop the others of it for a while."""

import logging
from datetime import datetime, timedelta

from bot.outreach.outgoing import MOST_EQUAL_ERRORS
from bot.outreach.settling import News

log = logging.getLogger(__name__)

STOP_FOR = timedelta(hours=1)


class EqualErrors:
    """Counts what fails alike in this process. `stopped`: kind and topic, until when (UTC)."""

    def __init__(self) -> None:
        self.stopped: dict[tuple[str, str], datetime] = {}
        self._counted: dict[tuple[str, str], tuple[str, int]] = {}

    def note(self, news: News, now: datetime) -> None:
        """Something became of a message: an arrival ends the counting, an equal failure adds to it."""
        about = (news.row.kind, news.row.topic)
        if news.happening == "arrived":
            self._counted.pop(about, None)
        elif news.happening in {"refused", "gave_up"}:
            reason = news.reason or ""
            before, count = self._counted.get(about, ("", 0))
            count = count + 1 if before == reason else 1
            self._counted[about] = (reason, count)
            if count >= MOST_EQUAL_ERRORS:
                self.stopped[about] = now + STOP_FOR
                self._counted.pop(about)
                log.error("%d messages %s/%s failed alike (%s): stopped for an hour", count, *about, reason)
