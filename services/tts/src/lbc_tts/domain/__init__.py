"""What a piece of speech is called. No I/O."""
