"""What Telegram does, as plain values and functions: no sockets, no event loop, no clock of its own.

Sources named beside the code: "docs" is https://core.telegram.org/bots/api, "server" is the public
repository tdlib/telegram-bot-api (read at 01a3679, May 2026) and "td" is tdlib/td (022d602, July 2026). What
neither says is marked as assumed.
"""
