"""One message at a time: read, decide, write, publish."""
