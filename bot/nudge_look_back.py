"""Every dose that has been open for a while must have been spoken of to everybody who wants to hear of it.

Goes by the children's calendars, not by the plan of nudges: what the plan forgets is found here.
"""

from datetime import date, datetime, timedelta

from bot.care.nudge_plan import Situation
from bot.care.nudge_reading import calendar_on, read_files
from bot.care.plan_nudges import CHILDREN_AT_ONCE, NudgeSetup, situations_of
from bot.database import Database
from bot.families.rosters import child_ids_after
from bot.nudge_watch import NudgeWatch
from bot.outreach.muting import choices_of
from bot.sealing import Keyring

NUDGED_WITHIN_DAYS = 14
"""So long after its day a dose must have been spoken of, where it is still open and nobody has put it off."""

TOPIC = "immunization"


class LookingBack:
    """Looks at every child of a town now and then; each dose and its day are counted once."""

    def __init__(self, database: Database, keys: Keyring, setup: NudgeSetup, watch: NudgeWatch) -> None:
        self._database, self._keys, self._setup, self._watch = database, keys, setup, watch
        self._seen: set[tuple[str, str, str, int, date]] = set()

    def look(self, now: datetime) -> None:
        """Count what was due and what was not spoken of, up to now."""
        last, today = "", self._setup.day_of(now)
        while True:
            with self._database.reading() as session:
                child_ids = child_ids_after(session, last, CHILDREN_AT_ONCE)
                if not child_ids:
                    return
                files = read_files(session, self._keys, child_ids, self._setup.day_of)
                pairs = [(one.chat_key, child_id) for child_id, file in files.items() for one in file.on_file.caring]
                chosen = choices_of(session, pairs)
            for child_id, file in files.items():
                calendar = calendar_on(file, self._setup.calendars, today)
                for chat, situation in situations_of(file, calendar, chosen, self._setup).items():
                    if isinstance(situation, Situation):
                        silent = chosen[chat, child_id].stopped_because(child_id, TOPIC) is not None
                        self._must_have_heard(chat, child_id, situation, silent=silent)
            last = child_ids[-1]

    def _must_have_heard(self, chat: str, child_id: str, situation: Situation, *, silent: bool) -> None:
        today, except_codes = situation.calendar.on, self._setup.nudging.rules.rules["backlog"].except_codes
        put_off = {(answer.code, answer.number) for answer in situation.answers}
        for item in situation.calendar.items:
            if silent or item.kind != "dose" or item.noted is not None or item.on is None:
                continue
            if not (item.first and item.pressing) or item.forecast.status == "hold":
                continue
            about = (item.code, item.number)
            known_on = max(situation.since, situation.known_on.get(item.code, situation.since))
            name = (chat, child_id, *about, item.on)
            is_recent = (today - max(item.on, known_on)).days < NUDGED_WITHIN_DAYS
            if item.code in except_codes or about in put_off or is_recent or name in self._seen:
                continue
            self._seen.add(name)
            year = self._watch.year
            year.due_doses += 1
            since = item.on - timedelta(days=7)
            year.not_nudged += not self._watch.spoke_of(chat, child_id, f"{item.code}-{item.number}", since)
