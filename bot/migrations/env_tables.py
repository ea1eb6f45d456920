"""Every table of the product, registered by importing the rooms that own them."""

import bot.admin.question_group_rows
import bot.admin.staff_rows
import bot.audit_log
import bot.care.care_rows
import bot.conversation.deliveries
import bot.conversation.session
import bot.curation.curation_rows
import bot.curation.import_rows
import bot.events.admission_rows
import bot.events.event_rows
import bot.events.visit_rows
import bot.families.family_rows
import bot.indicators.report_rows
import bot.job_book
import bot.outreach.announcement_rows
import bot.outreach.choice_rows
import bot.outreach.outreach_rows
import bot.outreach.rate_limit
import bot.outreach.staff_chats
import bot.outreach.web_inbox
import bot.questions.question_log
import bot.tickets.ticket_rows  # noqa: F401
