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


def let_go_of_old(database: Database, now: datetime) -> None:
    """Delete it, and wipe its traces out of the database's journal."""
    with database.transaction() as session:
        purge(session, now)
        let_go_of_old_steps(session, now)
        let_go_of_old_codes(session, now)
        let_go_of_addresses(session, now)
        let_go_of_old_tickets(session, now)
        let_go_of_contacts(session)
        let_go_of_old_rows(session, now)
        purge_inbox(session, now)
        let_go_of_old_questions(session, now)
    database.wipe_traces()
