"""The functions a query may call: an allow-list with the number of arguments each takes.

What reads files, the network, dictionaries or the server itself, sleeps, or throws, is not here.
"""
