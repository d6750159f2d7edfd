"""The decision about one request, free of HTTP and of the broker."""
