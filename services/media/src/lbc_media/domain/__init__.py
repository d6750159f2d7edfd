"""What a video must be for Telegram to fetch it. No I/O."""
