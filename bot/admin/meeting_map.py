"""The pages of events, announcements, home visits, deliveries and service points, each with the action it carries out."""

from bot.admin import event_changes, event_list
from bot.admin.page_call import Page

MEETING_PAGES: tuple[Page, ...] = (
    Page("GET", "/events", "events.see", event_list.list_page),
    Page("GET", "/events/new", "events.change", event_changes.new_page),
    Page("POST", "/events/new", "events.change", event_changes.add, event_changes.new_page),
    Page("GET", "/events/{event_id}", "events.see", event_list.event_page),
    Page("GET", "/events/{event_id}/edit", "events.change", event_changes.edit_page),
    Page("POST", "/events/{event_id}/edit", "events.change", event_changes.edit, event_changes.edit_page),
    Page("POST", "/events/{event_id}/publish", "events.change", event_changes.publish_event, event_list.event_page),
    Page("GET", "/events/{event_id}/move", "events.change", event_changes.move_page),
    Page("POST", "/events/{event_id}/move", "events.change", event_changes.move_it, event_changes.move_page),
    Page("GET", "/events/{event_id}/cancel", "events.change", event_changes.cancel_page),
    Page("POST", "/events/{event_id}/cancel", "events.change", event_changes.cancel_it, event_list.event_page),
    Page("GET", "/events/{event_id}/resize", "events.change", event_changes.resize_page),
    Page("POST", "/events/{event_id}/resize", "events.change", event_changes.resize_it, event_changes.resize_page),
)
