"""What an update must be to be let in, and how often one person may knock. No I/O."""
