"""What an operator sees of people, and the orders that they give about them."""
