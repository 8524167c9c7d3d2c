"""Queries as frozen values. Validation is parsing."""
