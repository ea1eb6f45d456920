"""A small announcement in earnest: sender, clockwork, HTTP, and a parent who asks meanwhile and is answered at once."""

from bot.database import Database
from bot.outreach.announcement import Tally
from bot.questions.asking import Asking
from tests.announcement_run import announce, fill
from tests.conftest import KEYS


def test_a_live_reply_does_not_wait_for_an_announcement(database: Database, quick_asking: Asking) -> None:
    fill(database, KEYS, 300)
    seen = announce(database, KEYS, quick_asking, 300, per_second=None, longest_s=60)
    assert seen.tally == Tally(300, sent=300)
    assert seen.replies_s
    assert seen.reply_p95_s <= 1.0
    assert seen.grown_mb is not None
    assert seen.grown_mb <= 150


def test_at_the_rate_of_a_token_live_replies_have_their_share(database: Database, quick_asking: Asking) -> None:
    fill(database, KEYS, 100)
    seen = announce(database, KEYS, quick_asking, 100, per_second=30, longest_s=60)
    assert seen.tally == Tally(100, sent=100)
    assert seen.seconds >= 3, "25 a second are left beside the live share"
    assert seen.reply_p95_s <= 1.0
