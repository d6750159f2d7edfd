"""The door: takes Telegram's updates in and answers 200 once, and only once, they are stored."""
