"""A faithful Telegram Bot API for development and tests, with a page to talk to the bot."""

__version__ = "0.1.0"
