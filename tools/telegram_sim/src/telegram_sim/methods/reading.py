"""Methods that only look: at a chat, at a file."""

from telegram_sim.core.args import Args
from telegram_sim.core.types import Json
from telegram_sim.methods.chats import chat_number
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


async def get_chat(sim: Simulator, args: Args) -> Result:
    """docs, getChat and ChatFullInfo; blocked and deactivated people are shown too (server, AccessRights::Read)."""
    person = sim.world.seen(chat_number(args))
    chat: Json = person.chat()
    if "username" in chat:
        chat["active_usernames"] = [chat["username"]]
    if not person.deactivated:
        chat["can_send_gift"] = True
    # What a person set up in their profile is not simulated: these are the values of an account that set up nothing.
    chat |= {"accepted_gift_types": dict.fromkeys(_GIFTS, True), "max_reaction_count": 11, "accent_color_id": 0}
    return Result(chat)


async def get_file(sim: Simulator, args: Args) -> Result:
    """docs, getFile; what it names can be had as long as its bytes are kept, where docs promise an hour."""
    file = sim.files.to_download(args.text("file_id"))
    about = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    return Result({**about, "file_path": file.path})


READING: dict[str, Method] = {"getchat": get_chat, "getfile": get_file}
