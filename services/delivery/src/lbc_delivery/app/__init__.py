"""What delivery does: the way of one command, from the claim to the reported outcome."""
