"""People, their chats and what is in them."""
