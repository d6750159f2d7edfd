"""An echo with buttons and media, as anybody writes it with aiogram. It knows nothing of a simulator.

Run it with BOT_API, BOT_TOKEN and BOT_MODE (polling or webhook) in the environment.
"""

import asyncio
import io
import os
import signal

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from picture import png

SECRET = "echo-secret_1"
MENU = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="Picture", callback_data="picture"),
            InlineKeyboardButton(text="File", callback_data="file:7"),
        ]
    ]
)
dispatcher = Dispatcher()
known: dict[str, str] = {}


@dispatcher.message(CommandStart())
async def start(message: Message, command: CommandObject) -> None:
    words = (command.args or "").split()
    await message.answer(f"Hello <b>{message.from_user.mention_html()}</b>, you said {words}", reply_markup=MENU)


@dispatcher.message(F.text)
async def echo(message: Message) -> None:
    await message.answer(message.text, parse_mode=None)


@dispatcher.callback_query(F.data == "picture")
async def picture(query: CallbackQuery, bot: Bot) -> None:
    await query.answer("Here it comes")
    await bot.send_chat_action(query.message.chat.id, "upload_photo")
    photo = known.get("picture") or BufferedInputFile(png(90, 60), "grey.png")
    sent = await query.message.answer_photo(photo, caption="from memory" if known else "uploaded")
    known["picture"] = sent.photo[-1].file_id


@dispatcher.callback_query(F.data.startswith("file:"))
async def file(query: CallbackQuery, bot: Bot) -> None:
    await query.answer()
    sent = await query.message.answer_document(BufferedInputFile(b"some words", "words.txt"))
    got = await bot.download(sent.document.file_id, io.BytesIO())
    await query.message.edit_text(f"The file holds {len(got.getvalue())} bytes")


async def main() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["BOT_API"]))
    bot = Bot(os.environ["BOT_TOKEN"], session, DefaultBotProperties(parse_mode="HTML"))
    if os.environ["BOT_MODE"] == "polling":
        await dispatcher.start_polling(bot)
        return
    server = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(server, "/hook")
    setup_application(server, dispatcher, bot=bot)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    await bot.set_webhook(f"http://{host}:{port}/hook", secret_token=SECRET, max_connections=10)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()
    await bot.session.close()


if __name__ == "__main__":
    asyncio.run(main())
