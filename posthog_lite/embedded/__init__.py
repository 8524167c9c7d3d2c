"""Servers that run beside us when no address of one is given."""
