"""ClickHouse, embedded or anywhere else: the only room that knows its driver."""
