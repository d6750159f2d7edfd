"""An echo with buttons and media, as anybody writes it with python-telegram-bot. It knows nothing of a simulator.

Run it with BOT_API, BOT_TOKEN and BOT_MODE (polling or webhook) in the environment.
"""

import asyncio
import contextlib
import os
import signal
from typing import Any

from aiohttp import web
from picture import png
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, MessageHandler, filters

SECRET = "echo-secret_1"
MENU = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Picture", callback_data="picture"), InlineKeyboardButton("File", callback_data="file:7")]]
)


async def start(update: Update, context: Any) -> None:
    await update.effective_message.reply_html(
        f"Hello <b>{update.effective_user.mention_html()}</b>, you said {context.args}", reply_markup=MENU
    )


async def echo(update: Update, _context: Any) -> None:
    await update.effective_message.reply_text(update.effective_message.text, do_quote=False)


async def picture(update: Update, context: Any) -> None:
    await update.callback_query.answer("Here it comes")
    chat = update.effective_chat.id
    await context.bot.send_chat_action(chat, "upload_photo")
    known = context.bot_data.get("picture")
    sent = await context.bot.send_photo(chat, known or png(90, 60), caption="from memory" if known else "uploaded")
    context.bot_data["picture"] = sent.photo[-1].file_id


async def file(update: Update, context: Any) -> None:
    await update.callback_query.answer()
    sent = await context.bot.send_document(update.effective_chat.id, b"some words", filename="words.txt")
    got = await (await context.bot.get_file(sent.document.file_id)).download_as_bytearray()
    await update.callback_query.edit_message_text(f"The file holds {len(got)} bytes")


def application() -> Application[Any, Any, Any, Any, Any, Any]:
    api = os.environ["BOT_API"]
    builder = Application.builder().token(os.environ["BOT_TOKEN"])
    app = builder.base_url(f"{api}/bot").base_file_url(f"{api}/file/bot").build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(picture, "^picture$"))
    app.add_handler(CallbackQueryHandler(file, "^file:"))
    app.add_handler(MessageHandler(filters.TEXT, echo))
    return app


async def serve_webhook(app: Application[Any, Any, Any, Any, Any, Any]) -> None:
    async def handle(request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            return web.Response(status=401)
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    server = web.Application()
    server.router.add_post("/hook", handle)
    runner = web.AppRunner(server)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with app, contextlib.AsyncExitStack() as after:
        await runner.setup()
        after.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await app.start()
        after.push_async_callback(app.stop)
        host, port = runner.addresses[0]
        await app.bot.set_webhook(f"http://{host}:{port}/hook", secret_token=SECRET, max_connections=10)
        await stop.wait()


if __name__ == "__main__":
    if os.environ["BOT_MODE"] == "polling":
        application().run_polling(drop_pending_updates=False)
    else:
        asyncio.run(serve_webhook(application()))
