"""Media: kinds, identifiers, images."""
