"""The embedded PostgreSQL and the Django database engine that starts it when first needed."""
