"""Methods about the bot's list of commands (server, Client.cpp; td, BotCommand.cpp)."""

from telegram_sim.core.args import Args
from telegram_sim.core.commands import checked_commands, checked_language, checked_scope
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator


async def set_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, setMyCommands."""
    given = args.json("commands", "commands")
    scope = _scope(args)
    language = checked_language(args.text("language_code"))
    sim.world.commands.put(scope, language, checked_commands(given))
    return Result()


async def get_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, getMyCommands: an empty list if none was set for exactly that scope and language."""
    scope = _scope(args)
    return Result(sim.world.commands.get(scope, checked_language(args.text("language_code"))))


async def delete_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, deleteMyCommands."""
    scope = _scope(args)
    sim.world.commands.put(scope, checked_language(args.text("language_code")), [])
    return Result()


def _scope(args: Args) -> str:
    return checked_scope(args.json("scope", "BotCommandScope"))


COMMANDS: dict[str, Method] = {
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
}
