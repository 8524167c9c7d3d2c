"""HogQL: text or tree to ClickHouse SQL with bound parameters. Pure: no Django, no engine."""
