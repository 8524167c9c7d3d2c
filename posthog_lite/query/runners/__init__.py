"""One module for each kind of query, each with `compute(node, context, ask)`.

`compute` is pure apart from `ask`, which runs one HogQL tree within the project. It returns what
is particular to the kind: `results` and, where the kind has them, `hasMore` and
`resolved_date_range`.
"""
