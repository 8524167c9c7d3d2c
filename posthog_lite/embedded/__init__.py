"""What runs beside us when no address of a server is given."""
