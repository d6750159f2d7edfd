"""Sets up what the services need, and lets an operator look and repair."""
