"""Let go of what a conversation no longer needs: old deliveries, unfinished guided dialogues, used codes."""

from datetime import datetime

from bot.conversation.deliveries import purge
from bot.conversation.reaching import let_go_of_contacts
from bot.conversation.session import let_go_of_old_steps
from bot.database import Database
from bot.events.home_visits import let_go_of_addresses
from bot.families.invitation import let_go_of_old_codes
from bot.outreach.settling import let_go_of_old_rows
from bot.outreach.web_inbox import purge_inbox
from bot.questions.question_log import let_go_of_old_questions
from bot.tickets.parent_tickets import let_go_of_old_tickets

ROWS_AT_ONCE = 1000


def let_go_of_old(database: Database, now: datetime) -> None:
    """Delete it, and wipe its traces out of the database's journal. Each kind in short transactions of its own."""
    for let_go in (
        purge,
        let_go_of_old_steps,
        let_go_of_old_codes,
        let_go_of_addresses,
        let_go_of_old_tickets,
        purge_inbox,
        let_go_of_old_questions,
    ):
        with database.transaction() as session:
            let_go(session, now)
    let_go_of_contacts(database)
    gone = ROWS_AT_ONCE
    while gone == ROWS_AT_ONCE:
        with database.transaction() as session:
            gone = let_go_of_old_rows(session, now, ROWS_AT_ONCE)
    database.wipe_traces()
