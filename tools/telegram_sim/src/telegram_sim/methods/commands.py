"""Methods about the bot's list of commands (server, Client.cpp; td, BotCommand.cpp)."""

from telegram_sim.core.args import Args
from telegram_sim.core.chats.commands import checked_language, read_commands, read_scope, stored_commands
from telegram_sim.core.errors import bad_request
from telegram_sim.methods.chats import number_in
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator


async def set_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, setMyCommands."""
    commands = read_commands(args.json("commands", "commands"))
    scope = _scope(sim, args)
    language = checked_language(args.text("language_code"))
    sim.world.commands.put(scope, language, stored_commands(commands))
    return Result()


async def get_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, getMyCommands: an empty list if none was set for exactly that scope and language."""
    scope = _scope(sim, args)
    return Result(sim.world.commands.get(scope, checked_language(args.text("language_code"))))


async def delete_my_commands(sim: Simulator, args: Args) -> Result:
    """docs, deleteMyCommands."""
    scope = _scope(sim, args)
    sim.world.commands.put(scope, checked_language(args.text("language_code")), [])
    return Result()


def _scope(sim: Simulator, args: Args) -> str:
    """Return the name under which the lists of a scope are kept (server, Client.cpp, check_bot_command_scope)."""
    scope = read_scope(args.json("scope", "BotCommandScope"))
    if not scope.chat_id:
        return scope.kind
    person = sim.world.seen(number_in(scope.chat_id))
    if scope.kind != "chat":
        raise bad_request("Can't use specified scope in private chats")  # td, BotCommandScope.cpp
    return f"chat {person.id}"


COMMANDS: dict[str, Method] = {
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
}
