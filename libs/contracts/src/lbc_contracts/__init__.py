"""What the services say to each other. Depends on pydantic alone, so that anyone can import it."""
