"""Addresses, and the networks under which attempts are counted."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


@lru_cache(maxsize=1024)  # of each caller it is asked with every request
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port, as proxies and sockets write it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address  # a socket for both kinds writes an older address as a newer one


def network_of(text: str) -> str:
    """Return the address, or the /64 that one customer has of the newer kind."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False))
    return text if address is None else str(address)
