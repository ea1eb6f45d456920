"""What the outcome of a request means for one of the messages that were sent together. Pure."""

from datetime import datetime, timedelta

from bot.outreach.claiming import Claimed
from bot.outreach.outgoing import MOST_ATTEMPTS, wait_after
from bot.outreach.settling import News
from bot.outreach.transport import Blocked, Doubtful, Outcome, Refused, RetryLater, Sent


def news_of(row: Claimed, outcome: Outcome, now: datetime) -> News:
    """What an outcome means for one of the messages that were sent together."""
    match outcome:
        case Sent(ref, new_address):
            return News(row, "arrived", ref=ref, new_address=new_address)
        case Blocked(reason):
            return News(row, "blocked", reason)
        case Refused(reason):
            return News(row, "refused", reason)
        case RetryLater(after_s, reason, halts):
            attempts = row.attempts + 1
            if attempts >= MOST_ATTEMPTS and not halts:
                return News(row, "gave_up", reason)
            again = now + (timedelta(seconds=after_s) if halts else wait_after(attempts, after_s))
            return News(row, "try_later", reason, again)
        case Doubtful(reason):
            return News(row, "in_doubt", reason)
