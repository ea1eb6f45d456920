"""The commands about the people who work here: `qihui staff ...`."""

from typing import Annotated

import typer

from bot.settings import read_settings

staff_app = typer.Typer(no_args_is_help=True, help="The people who work here.")


@staff_app.command("add")
def staff_add(
    login: Annotated[str, typer.Argument(help="small letters, digits, dots or dashes")],
    role: Annotated[
        str, typer.Option(help="administrator, editor, reviewer, organiser, counsellor or reader")
    ] = "administrator",
    name: Annotated[str, typer.Option(help="the person's name; default: the login")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="the person is there: a new one-time password")] = False,
) -> None:
    """Add somebody to the staff; prints a one-time password that must be changed at the first sign-in."""
    from bot.admin.staff_accounts import add_staff, by_login, reset_password
    from bot.admin.staff_words import word
    from bot.audit_log import Audited
    from bot.clock import SystemClock
    from bot.database import Database
    from bot.errors import Refusal

    settings = read_settings()
    database = Database(settings.effective_database_url)
    database.upgrade()
    by = Audited("qihui", SystemClock(settings.timezone).now())
    try:
        with database.transaction() as session:
            if reset:
                known = by_login(session, login)
                password = reset_password(session, by, known.id if known else "")
            else:
                password = add_staff(session, by, login, name or login, role)
    except Refusal as refusal:
        typer.echo(f"qihui: {word(refusal.phrase, 'en', refusal.values)}", err=True)
        raise typer.Exit(1) from refusal
    typer.echo(f"login: {login.lower()}   one-time password: {password}")


@staff_app.command("list")
def staff_list() -> None:
    """Who may sign in, with their role."""
    from bot.admin.staff_accounts import everyone
    from bot.database import Database

    database = Database(read_settings().effective_database_url)
    database.upgrade()
    with database.transaction() as session:
        for row in everyone(session):
            typer.echo(f"{row.login}  {row.role}  {row.name}{'' if row.disabled_at is None else '  (ended)'}")
