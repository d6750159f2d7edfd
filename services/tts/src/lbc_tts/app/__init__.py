"""What is done with one command."""
