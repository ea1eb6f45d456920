"""Staff sign in, stay signed in, are signed out; forms from elsewhere do nothing; roles do what their row says."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlmodel import select

from bot.admin.page_call import House, mask
from bot.admin.pages_map import PAGES
from bot.admin.passwords import check_new_password, is_password
from bot.admin.permissions import ACTIONS, ANYONE, OWN, PERMISSIONS, ROLES, may
from bot.admin.staff_accounts import add_first_administrator, by_login
from bot.admin.staff_app import HEADERS, make_templates
from bot.admin.staff_rows import StaffRow, StaffSessionRow
from bot.admin.staff_sessions import Door
from bot.admin.staff_words import staff_catalogue
from bot.audit_log import Audited, AuditRow
from bot.database import Database
from bot.errors import Refusal
from bot.families.family_rows import FamilyRow
from tests.conftest import KEYS, FixedClock
from tests.staff_browser import PASSWORD, StaffBrowser, quick_passwords, someone


@pytest.fixture
def house(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    return House(database, clock, KEYS, b"secret", Door(KEYS), make_templates())


@pytest.fixture
def browser(house: House) -> Callable[..., StaffBrowser]:
    """A signed-in browser of a fresh person of a role."""

    def of(role: str, login: str = "") -> StaffBrowser:
        login = login or f"{role}1"
        with house.database.transaction() as session:
            if by_login(session, login) is None:
                someone(session, house, login, role)
        return StaffBrowser(house).signs_in(login)

    return of


def test_the_first_administrator_gets_a_one_time_password_once(house: House) -> None:
    by = Audited("qihui", house.clock.now())
    with house.database.transaction() as session:
        login, password = add_first_administrator(session, by)
        assert add_first_administrator(session, by) is None
    admin = StaffBrowser(house).signs_in(login, password)
    assert "临时的" in admin.text
    assert "临时的" in admin.opens("/people").text  # nothing else before the password is one's own
    admin.opens("/account").posts("/account/password", old=password, new=PASSWORD, again=PASSWORD)
    assert "新密码登录" in admin.text
    assert "您好" in admin.signs_in(login).text
    assert "不对" in StaffBrowser(house).signs_in(login, password).text


def test_a_wrong_login_and_a_wrong_password_are_told_alike(house: House, browser: Callable[..., StaffBrowser]) -> None:
    browser("editor")
    unknown = StaffBrowser(house).signs_in("nobody").text
    wrong = StaffBrowser(house).signs_in("editor1", "not the password").text
    assert "登录名、密码或验证码不对" in unknown
    assert "登录名、密码或验证码不对" in wrong


def test_too_many_tries_are_stopped_even_with_the_right_password(house: House, browser: Callable) -> None:
    browser("editor")
    guesser = StaffBrowser(house)
    for number in range(5):
        guesser.signs_in("editor1", f"guess number {number}")
    assert "试得太多了" in guesser.signs_in("editor1").text


def test_the_cookie_is_for_this_site_and_https_only(house: House, browser: Callable) -> None:
    browser("editor")
    visitor = StaffBrowser(house)
    visitor.opens("/sign-in")
    visitor.client.follow_redirects = False
    answer = visitor.posts("/sign-in", login="editor1", password=PASSWORD, code="").page
    cookie = answer.headers["set-cookie"].lower()
    for needed in ("qihui_staff=", "httponly", "samesite=strict", "secure", "path=/admin"):
        assert needed in cookie


def test_a_session_ends_by_sign_out_by_idleness_and_after_twelve_hours(
    house: House, browser: Callable, clock: FixedClock
) -> None:
    editor = browser("editor")
    token = editor.client.cookies["qihui_staff"]
    editor.posts("/sign-out")
    editor.client.cookies.set("qihui_staff", token, domain="staff.test", path="/admin")
    assert "登录" in editor.opens("/account").text
    assert "换密码" not in editor.text
    again = StaffBrowser(house).signs_in("editor1")
    clock.passes(hours=2, minutes=1)
    assert "换密码" not in again.opens("/account").text
    busy = StaffBrowser(house).signs_in("editor1")
    for _ in range(11):
        clock.passes(minutes=65)
        busy.opens("/account")
    assert "换密码" in busy.text
    clock.passes(minutes=65)
    assert "换密码" not in busy.opens("/account").text


def test_another_browser_of_ones_own_can_be_signed_out(house: House, browser: Callable) -> None:
    first, second = browser("editor"), browser("editor")
    with house.database.transaction() as session:
        rows = session.exec(select(StaffSessionRow).order_by(StaffSessionRow.created_at)).all()
    others = [row.token_hash for row in rows]
    second.opens("/account")
    mine = [token for token in others if token in second.page.text]
    assert mine
    second.posts("/account/browsers/end", browser=mine[0])
    assert "换密码" not in first.opens("/account").text
    assert "换密码" in second.opens("/account").text


def test_a_form_without_its_key_or_from_another_site_does_nothing(house: House, browser: Callable) -> None:
    admin = browser("administrator")
    for page in PAGES:
        if page.method != "POST":
            continue
        path = (
            f"/admin{page.path}".replace("{staff_id}", "x").replace("{code}", "x").replace("{topic_id}", "care.teeth")
        )
        path = path.replace("{revision_id}", "1").replace("{question_id}", "1")
        assert admin.client.post(path, data={"form_key": "guessed"}).status_code == 403, page.path
        assert admin.client.post(path, data={"other": "x"}).status_code == 403, page.path
        key = {"form_key": admin.opens("/account").form_key()}
        assert admin.client.post(path, data=key, headers={"sec-fetch-site": "cross-site"}).status_code == 403, page.path
        assert admin.client.post(path, json=key).status_code == 415, page.path


def test_every_page_has_its_row_and_every_row_its_page() -> None:
    used = {page.action for page in PAGES} - {ANYONE, OWN}
    assert used <= set(ACTIONS)
    assert {name for name in ACTIONS if name.split(".")[0] in {"start", "people", "audit", "family"}} <= used
    assert set(PERMISSIONS) == set(ROLES)
    assert all(row <= set(ACTIONS) for row in PERMISSIONS.values())
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_do_exactly_what_its_row_says(browser: Callable, role: str) -> None:
    person = browser(role)
    person.client.follow_redirects = False
    key = person.opens("/account").form_key()
    for page in PAGES:
        if page.action == OWN or page.path in {"/sign-in", "/language"}:
            continue
        path = (
            f"/admin{page.path}".replace("{staff_id}", "x").replace("{code}", "x").replace("{topic_id}", "care.teeth")
        )
        path = path.replace("{revision_id}", "999999").replace("{question_id}", "999999")
        form = {"form_key": key}
        answer = person.client.get(path) if page.method == "GET" else person.client.post(path, data=form)
        allowed = page.action == ANYONE or page.action in PERMISSIONS[role]
        assert (answer.status_code == 403) is not allowed, f"{role} {page.method} {page.path}: {answer.status_code}"
        assert answer.status_code != 500, f"{role} {page.method} {page.path}"


def test_nobody_signed_in_sees_the_sign_in_page_only(house: House) -> None:
    visitor = StaffBrowser(house)
    visitor.client.follow_redirects = False
    for page in PAGES:
        if page.action != ANYONE and page.method == "GET":
            answer = visitor.client.get(f"/admin{page.path}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/sign-in"), page.path


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(may("king", action) for action in ACTIONS)


def test_every_answer_forbids_scripts_and_other_hosts(browser: Callable) -> None:
    admin = browser("administrator")
    for page in PAGES:
        if page.method == "GET" and "{" not in page.path:
            answer = admin.client.get(f"/admin{page.path}")
            assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"], page.path
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "<script" not in answer.text
            assert "http://" not in answer.text
            assert "https://" not in answer.text
            assert " style=" not in answer.text


def test_an_invitation_works_once_and_for_three_days(house: House, browser: Callable, clock: FixedClock) -> None:
    admin = browser("administrator")
    admin.opens("/people").posts("/people/invite", name="王老师", role="editor")
    code = admin.text.split("/admin/join/")[1].split()[0]
    guest = StaffBrowser(house).opens(f"/join/{code}")
    assert "王老师" in guest.text
    guest.posts(f"/join/{code}", login="Wang", password="short", again="short")
    assert "12到200个字符" in guest.text
    guest.posts(f"/join/{code}", login="Wang", password=PASSWORD, again=PASSWORD)
    assert "加入成功" in guest.text
    assert "王老师" in guest.signs_in("wang").text
    late = StaffBrowser(house).opens(f"/join/{code}")
    assert late.page.status_code == 404
    admin.opens("/people").posts("/people/invite", name="李老师", role="reader")
    second = admin.text.split("/admin/join/")[1].split()[0]
    clock.passes(days=3, minutes=1)
    assert "过期" in StaffBrowser(house).opens(f"/join/{second}").text


def test_the_last_administrator_stays(house: House, browser: Callable) -> None:
    admin = browser("administrator")
    with house.database.transaction() as session:
        staff_id = by_login(session, "administrator1").id
    admin.opens("/people").posts(f"/people/{staff_id}", name="A", role="reader", qualification="", active="on")
    assert "最后一位管理员" in admin.text
    admin.posts(f"/people/{staff_id}", name="A", role="administrator", qualification="")
    assert "最后一位管理员" in admin.text


def test_someone_who_is_ended_is_out_at_once(house: House, browser: Callable) -> None:
    admin, editor = browser("administrator"), browser("editor")
    with house.database.transaction() as session:
        staff_id = by_login(session, "editor1").id
    admin.opens("/people").posts(f"/people/{staff_id}", name="E", role="editor", qualification="")
    assert "已保存" in admin.text
    assert "换密码" not in editor.opens("/account").text
    assert "不对" in StaffBrowser(house).signs_in("editor1").text


def test_a_second_factor_is_asked_for_and_each_code_works_once(
    house: House, browser: Callable, clock: FixedClock
) -> None:
    editor = browser("editor").opens("/account/second-factor")
    secret = editor.page.text.split('class="secret">')[1].split("<")[0]
    editor.posts("/account/second-factor", secret=secret, code="000000")
    assert "验证码不对" in editor.text
    editor.posts("/account/second-factor", secret=secret, code=pyotp.TOTP(secret).at(clock.now()))
    assert "已开通" in editor.text
    with house.database.transaction() as session:
        assert secret not in (by_login(session, "editor1").totp or "")
    assert "不对" in StaffBrowser(house).signs_in("editor1").text
    clock.passes(seconds=60)
    code = pyotp.TOTP(secret).at(clock.now())
    assert "您好" in StaffBrowser(house).signs_in("editor1", code=code).text
    assert "不对" in StaffBrowser(house).signs_in("editor1", code=code).text


def test_changes_are_noted_with_before_and_after(house: House, browser: Callable) -> None:
    admin = browser("administrator")
    browser("editor")
    with house.database.transaction() as session:
        staff_id = by_login(session, "editor1").id
    admin.opens("/people").posts(
        f"/people/{staff_id}", name="Editor1", role="reviewer", qualification="主任医师", active="on"
    )
    with house.database.transaction() as session:
        row = session.exec(select(AuditRow).where(AuditRow.action == "people.change")).one()
        assert session.get(StaffRow, staff_id).role == "reviewer"
    assert row.who == "administrator1"
    assert '"role": "editor"' in row.before
    assert '"role": "reviewer"' in row.after
    assert "name" not in row.after
    assert "修改同事" in admin.opens("/audit?action=people").text


def test_a_family_is_revealed_for_a_reason_that_is_noted(house: House, browser: Callable) -> None:
    with house.database.transaction() as session:
        session.add(FamilyRow(id="00112233aabbccdd", created_at=house.clock.now()))
    mark = mask(b"secret", "00112233aabbccdd")
    assert "0011" not in mark
    counsellor = browser("counsellor").opens("/families/reveal")
    counsellor.posts("/families/reveal", mask=mark, reason="x")
    assert "00112233aabbccdd" not in counsellor.text
    counsellor.posts("/families/reveal", mask=mark, reason="家长来电要求核对预约信息")
    assert "00112233aabbccdd" in counsellor.text
    with house.database.transaction() as session:
        row = session.exec(select(AuditRow).where(AuditRow.action == "family.reveal")).one()
    assert (row.who, row.subject, row.reason) == ("counsellor1", mark, "家长来电要求核对预约信息")
    assert row.at - house.clock.now() < timedelta(seconds=1)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "editor1 editor1 x", "a" * 300])
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(Refusal):
        check_new_password(password, "editor1")


def test_a_password_is_not_what_is_kept(house: House, browser: Callable) -> None:
    browser("editor")
    with house.database.transaction() as session:
        kept = by_login(session, "editor1").password_hash
    assert kept.startswith("$argon2id$")
    assert is_password(PASSWORD, kept)
    assert not is_password(PASSWORD, "not a hash")


def test_the_pages_speak_both_languages(browser: Callable) -> None:
    admin = browser("administrator")
    assert "Colleagues" in admin.opens("/people").posts("/language", language="en", back="/people").text
    assert "同事" in admin.posts("/language", language="zh", back="//elsewhere.test/").opens("/people").text


def test_every_staff_phrase_is_there_in_both_languages_with_the_same_values() -> None:
    import string

    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    zh, en = staff_catalogue()["zh"], staff_catalogue()["en"]
    assert set(zh) == set(en)
    assert [key for key in zh if values(zh[key]) != values(en[key])] == []
    assert [key for key in en if any("\u4e00" <= letter <= "\u9fff" for letter in en[key])] == []
    assert [f"role.{role}" for role in ROLES if f"role.{role}" not in zh] == []
    assert [action for action in ACTIONS if f"action.{action}" not in zh] == []
