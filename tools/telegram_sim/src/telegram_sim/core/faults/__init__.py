"""What can go wrong on demand."""
