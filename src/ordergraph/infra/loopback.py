"""The addresses of this machine itself: what is said there is said by whoever works on it."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of one, leads nowhere but to this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
