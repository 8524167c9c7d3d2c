"""Decides what a card shows: a result and its display settings in, plain data to draw out."""
