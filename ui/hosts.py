"""Which hosts are this computer itself."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this computer's own, which no other machine can reach: 127.0.0.1, localhost."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761: never asked of a name server


def names_loopback(header: str) -> bool:
    """Whether a Host header, with or without a port, names this computer."""
    try:
        return is_loopback(urlsplit(f"//{header}").hostname or "")
    except ValueError:  # as in [::1
        return False


def client_key(address: str) -> str:
    """What limits count by: an IPv4 address, or the /64 network of an IPv6 one, of which one person has all."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
