"""HTTP, the listening socket and the secret files."""
