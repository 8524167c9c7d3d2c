"""Members of a list of actors: persons, or groups of one type."""
