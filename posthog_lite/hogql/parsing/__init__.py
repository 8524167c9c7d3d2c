"""Text to tree, by recursive descent: every token is looked at once, or a few times at most."""
