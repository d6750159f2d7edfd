"""Updates until the bot has them: kinds, numbers, queues, getUpdates."""
