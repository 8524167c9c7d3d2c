"""Bringing dashboards, and what they are made of, from one place to another."""
