"""Bad input to every method, and the check that each answer is one that Telegram could give."""
