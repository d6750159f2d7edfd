"""The operator's tool: one command for each thing to look at or to set up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lbcctl.commands import brand, campaigns, events, letters, links, pause, people, provision, status, user, webhook
from lbcctl.exits import StopError
from lbcctl.settings import use_env_file

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Set up and look after LBC onboarding.")


@app.callback()
def environment(
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            envvar="LBCCTL_ENV_FILE",
            help="File of NAME=value lines, such as .run/env of a local stack; what the environment has already stays.",
        ),
    ] = None,
) -> None:
    """Set up and look after LBC onboarding."""
    if env_file:
        try:
            use_env_file(env_file)
        except StopError as stop:
            typer.echo(stop.text, err=True)
            raise typer.Exit(stop.code) from None


app.command("provision", epilog=provision.NEEDS)(provision.provision)
app.add_typer(webhook.app, name="webhook")
app.add_typer(brand.app, name="brand")
letters.add_to(app)
app.add_typer(user.app, name="user")
app.add_typer(people.app, name="people")
app.add_typer(campaigns.app, name="campaigns")
app.add_typer(links.app, name="links")
pause.add_to(app)
app.command("status", epilog=status.NEEDS)(status.status)
app.add_typer(events.app, name="events")
