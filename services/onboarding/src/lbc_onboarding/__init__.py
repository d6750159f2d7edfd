"""Owns where each person is in the conversation, and asks the other services for the next step."""
