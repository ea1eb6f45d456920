"""Put the staff pages together, and greet the first administrator."""

import sys
from datetime import datetime

from bot.admin.guide_desk import GuideDesk
from bot.admin.impact_book import ImpactBook, Measure
from bot.admin.page_call import House
from bot.admin.question_grouping import GROUPED_EVERY, group_questions
from bot.admin.staff_accounts import add_first_administrator
from bot.admin.staff_app import make_templates
from bot.admin.staff_sessions import Door
from bot.audit_log import Audited
from bot.jobs import Job
from bot.rendered import RenderedReply
from bot.telegram_html import telegram_messages
from bot.wiring import Talking


def open_house(talking: Talking, alone_to: int, impact: Measure) -> House:
    """What the staff pages share. `alone_to`: the largest audience that one person may write to alone.

    `impact`: measures what a draft would change.
    """
    desk = GuideDesk(talking.living, talking.make_asking, telegram_html)
    door = Door(talking.keys)
    return House(
        talking.database,
        talking.clock,
        talking.keys,
        talking.secret,
        door,
        make_templates(),
        desk,
        ImpactBook(impact, talking.clock.now),
        counsellor_hours=talking.conversation.counsellor_hours,
        alone_to=alone_to,
        places_file=talking.register.file,
    )


def staff_jobs(house: House) -> list[Job]:
    """What a process with staff pages does now and then: it has the search that the pages' questions are read with."""

    def group(now: datetime) -> dict[str, int]:
        return group_questions(house.database, house.desk.vectors, house.clock.day_of, now)

    return [Job("question_groups", GROUPED_EVERY, group)]


def telegram_html(reply: RenderedReply) -> list[str]:
    """The messages of a reply as Telegram is sent them."""
    return [message.html for message in telegram_messages(reply)]


def welcome_first_administrator(talking: Talking) -> None:
    """Where nobody works here yet, make an administrator and print the one-time password, once, to the terminal.

    It goes to standard error itself, not to the log, so that no log file keeps it.
    """
    with talking.database.transaction() as session:
        made = add_first_administrator(session, Audited("qihui", talking.clock.now()))
    if made is not None:
        login, password = made
        sys.stderr.write(
            f"\n  staff pages: /admin   login: {login}   one-time password: {password}\n"
            "  It is shown only now and must be changed at the first sign-in.\n\n"
        )
        sys.stderr.flush()
