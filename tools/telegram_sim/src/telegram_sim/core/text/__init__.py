"""What is written: parse modes, entities, limits, links."""
