"""What a list of actors is a list of: persons, or groups of one type."""
