"""What the tests of the whole platform share."""
