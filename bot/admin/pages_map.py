"""Every page of the staff's browser with the action it carries out; what is not here cannot be called."""

from bot.admin import account_pages, check_in_page, people_pages, start_page
from bot.admin.page_call import Page
from bot.admin.permissions import ANYONE, OWN

PAGES: tuple[Page, ...] = (
    Page("GET", "/sign-in", ANYONE, account_pages.sign_in_page),
    Page("POST", "/sign-in", ANYONE, account_pages.sign_in, account_pages.sign_in_page),
    Page("GET", "/join/{code}", ANYONE, account_pages.join_page),
    Page("POST", "/join/{code}", ANYONE, account_pages.join, account_pages.join_page),
    Page("POST", "/language", ANYONE, account_pages.language),
    Page("POST", "/sign-out", OWN, account_pages.sign_out),
    Page("GET", "/account", OWN, account_pages.account_page),
    Page("POST", "/account/password", OWN, account_pages.change_password, account_pages.account_page),
    Page("GET", "/account/second-factor", OWN, account_pages.second_factor_page),
    Page("POST", "/account/second-factor", OWN, account_pages.second_factor, account_pages.second_factor_page),
    Page("POST", "/account/second-factor/off", OWN, account_pages.second_factor_off, account_pages.account_page),
    Page("POST", "/account/browsers/end", OWN, account_pages.end_browser),
    Page("GET", "/", "start.see", start_page.start_page),
    Page("GET", "/people", "people.see", people_pages.people_page),
    Page("GET", "/people/permissions", "people.see", people_pages.permissions_page),
    Page("POST", "/people/invite", "people.invite", people_pages.invite_someone, people_pages.people_page),
    Page("POST", "/people/uninvite", "people.invite", people_pages.uninvite, people_pages.people_page),
    Page("POST", "/people/{staff_id}", "people.change", people_pages.change_someone, people_pages.people_page),
    Page("POST", "/people/{staff_id}/reset", "people.change", people_pages.reset_someone, people_pages.people_page),
    Page("GET", "/audit", "audit.see", people_pages.audit_page),
    Page("GET", "/families/reveal", "family.reveal", people_pages.reveal_page),
    Page("POST", "/families/reveal", "family.reveal", people_pages.reveal, people_pages.reveal_page),
    Page("GET", "/events", "door.use", check_in_page.events_page),
    Page("GET", "/events/{event_id}/door", "door.use", check_in_page.door_page, camera=True),
    Page("POST", "/events/{event_id}/door", "door.use", check_in_page.let_in, camera=True),
    Page("POST", "/events/{event_id}/door/walk-in", "door.use", check_in_page.let_walk_in, camera=True),
    Page("POST", "/events/{event_id}/door/list", "door.use", check_in_page.take_list, camera=True),
    Page("GET", "/events/{event_id}/door/printed", "door.use", check_in_page.printed_list),
    Page("GET", "/events/{event_id}/door/list.csv", "door.use", check_in_page.list_file),
    Page("GET", "/events/{event_id}/attendance.csv", "door.export", check_in_page.attendance_csv_file),
    Page("GET", "/events/{event_id}/attendance.xlsx", "door.export", check_in_page.attendance_xlsx_file),
)
