"""Methods about the bot itself: who it is, where its updates go, which commands it has."""

import re

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request
from telegram_sim.core.webhook import DEFAULT_CONNECTIONS, Webhook, allowed_kinds, checked_webhook
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator

MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")


async def get_me(sim: Simulator, _args: Args) -> Result:
    """docs, getMe."""
    return Result(sim.world.bot.me())


async def set_webhook(sim: Simulator, args: Args) -> Result:
    """docs, setWebhook; the descriptions are the server's (Client.cpp)."""
    url = args.text("url")
    if not url:
        return await delete_webhook(sim, args)
    allowed = allowed_kinds(args.json("allowed_updates", "allowed_updates"), sim.inbox.allowed)
    connections = args.integer("max_connections", DEFAULT_CONNECTIONS)
    webhook = checked_webhook(url, args.text("secret_token"), connections, allowed)
    same = webhook == Webhook(
        sim.sender.webhook.url, sim.sender.webhook.secret, sim.sender.webhook.max_connections, allowed
    )
    if args.boolean("drop_pending_updates"):
        sim.inbox.clear()
        same = False
    sim.set_webhook(webhook)
    return Result(description="Webhook is already set" if same else "Webhook was set")


async def delete_webhook(sim: Simulator, args: Args) -> Result:
    """docs, deleteWebhook."""
    if args.boolean("drop_pending_updates"):
        sim.inbox.clear()
    was_set = bool(sim.sender.webhook.url)
    sim.set_webhook(sim.sender.webhook.removed())
    return Result(description="Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(sim: Simulator, _args: Args) -> Result:
    """docs, getWebhookInfo."""
    pending = len(sim.queues) + len(sim.inbox.held)
    return Result(sim.sender.webhook.shown(pending, sim.sender.last_error))


async def set_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, setMyCommands; scope and language are taken and not told apart yet."""
    # The limits are docs'; the words of the refusals are assumed, since the closed part of Telegram makes them.
    given = args.objects("commands", "commands")
    if len(given) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in given:
        name, description = command.get("command"), command.get("description")
        if not isinstance(name, str) or not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not isinstance(description, str) or not 0 < len(description) <= MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    sim.world.commands = given
    return Result()


ACCOUNT: dict[str, Method] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "setmycommands": set_my_commands,
}
