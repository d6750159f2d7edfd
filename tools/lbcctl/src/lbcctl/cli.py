"""The operator's tool: one command for each thing to look at or to set up."""

from __future__ import annotations

import typer

from lbcctl.commands import brand, provision, webhook

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Set up and look after LBC onboarding.")
app.command("provision")(provision.provision)
app.add_typer(webhook.app, name="webhook")
app.add_typer(brand.app, name="brand")
