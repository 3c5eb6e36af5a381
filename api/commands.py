"""What an operator does from a shell: `flask --app wsgi prepare`, `flask --app wsgi admin-key --name …`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from api.runtime import runtime
from core import users
from core.database import migrate
from core.doctor import Finding, examine, mend
from core.storage import StorageUnavailable
from core.templates.builtin import publish_builtin


def register(app: Flask) -> None:
    app.cli.add_command(prepare)
    app.cli.add_command(admin_key)
    app.cli.add_command(doctor)


@click.command()
@with_appcontext
def prepare() -> None:
    """Bring the database up to date and publish the built-in templates. Several may do so at once."""
    migrate(runtime().engine)
    try:
        for published in publish_builtin(runtime()):
            click.echo(f"published {published}")
    except StorageUnavailable as error:
        raise click.ClickException(f"MEDIA_URL: {error}") from error


@click.command()
@click.option(
    "--name", default="admin", show_default=True, help="The user; made, as an admin, if there is none."
)
@with_appcontext
def admin_key(name: str) -> None:
    """Print a new API key of an admin. It is shown this once."""
    now = runtime().clock()
    with runtime().sessions.begin() as session:
        admin = users.ensure_admin(session, name=name, now=now)
        key = users.create_key(session, user_id=admin.id, name="admin-key command", now=now)
    click.echo(key.secret)


@click.command()
@click.option("--mend", "mending", is_flag=True, help="Mend what can be mended, then look again.")
@click.option("--at-rest", is_flag=True, help="Nobody works: nothing may be open, leased or left over.")
@click.option("--redraw", is_flag=True, help="Draw every certificate again and compare its bytes.")
@with_appcontext
def doctor(*, mending: bool, at_rest: bool, redraw: bool) -> None:
    """Look whether all that must hold does, over every row and every file. Exit code 1: something does not."""
    found = list(examine(runtime(), at_rest=at_rest, redraw=redraw))
    _print(found)
    if found and mending:
        mend(runtime(), found)
        found = list(examine(runtime(), at_rest=at_rest, redraw=redraw))
        click.echo("after mending:")
        _print(found)
    if found:
        raise SystemExit(1)


def _print(found: list[Finding]) -> None:
    for finding in found:
        click.echo(str(finding))
    click.echo(f"{len(found)} findings" if found else "all well")
