"""Methods about the bot itself: who it is."""

from telegram_sim.core.args import Args
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator


async def get_me(sim: Simulator, _args: Args) -> Result:
    """docs, getMe."""
    return Result(sim.world.bot.me())


ACCOUNT: dict[str, Method] = {
    "getme": get_me,
}
