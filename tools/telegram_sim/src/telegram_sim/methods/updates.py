"""Methods about updates: asking for them, and saying where they go (docs, "Getting updates")."""

import json

from telegram_sim.core.args import Args
from telegram_sim.core.errors import ApiError
from telegram_sim.core.webhook.webhook import DEFAULT_CONNECTIONS, allowed_kinds
from telegram_sim.edge.registration import Wish
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator


async def get_updates(sim: Simulator, args: Args) -> Result:
    """docs, getUpdates; the default limit is 100."""
    if sim.registration.polled:
        sim.registration.allow(_allowed(args, sim.inbox.allowed))
    found = await sim.long_poll.updates(args.integer("offset"), args.integer("limit", 100), args.integer("timeout"))
    return Result([json.loads(update.body.decode("utf-8", "surrogatepass")) for update in found])


async def set_webhook(sim: Simulator, args: Args) -> Result:
    """docs, setWebhook; the descriptions are the server's (Client.cpp)."""
    if not args.text("url"):
        return await delete_webhook(sim, args)
    wish = Wish(
        args.text("url"),
        args.text("secret_token"),
        args.integer("max_connections", DEFAULT_CONNECTIONS),
        _allowed(args, sim.inbox.allowed),
        args.boolean("drop_pending_updates"),
    )
    return Result(description=await sim.registration.change(wish))


async def delete_webhook(sim: Simulator, args: Args) -> Result:
    """docs, deleteWebhook."""
    wish = Wish(drop_pending=args.boolean("drop_pending_updates"))
    return Result(description=await sim.registration.change(wish))


async def get_webhook_info(sim: Simulator, _args: Args) -> Result:
    """docs, getWebhookInfo; what is held back counts as pending."""
    sim.queues.expire(sim.clock.now())
    pending = len(sim.queues) + len(sim.inbox.held)
    return Result(sim.sender.webhook.shown(pending, sim.sender.last_error))


def _allowed(args: Args, before: frozenset[str]) -> frozenset[str]:
    # What cannot be read changes nothing (server, Client.cpp, get_allowed_update_types).
    try:
        return allowed_kinds(args.json("allowed_updates", "allowed_updates"), before)
    except ApiError:
        return before


UPDATES: dict[str, Method] = {
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
}
