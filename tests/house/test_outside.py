"""Who speaks to other hosts, and who names these: never a link that people wrote into a text (R4)."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.house.walk import files, name

LINES: Final = {
    "aiohttp", "aiosmtplib", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "stripe",
    "urllib.request", "urllib3", "websockets",
}  # fmt: skip
"""What opens a line to another host. Postgres and Redis are where the settings say."""

# fmt: off
MAY: Final = {
    # an address of the settings, or what a provider that these name has told
    "src/ordergraph/authentication.py":                    "the identity provider",
    "src/ordergraph/identity/provider.py":                 "the identity provider",
    "src/ordergraph/files/storages/s3.py":                 "the bucket",
    "src/ordergraph/notifications/smtp.py":                "the mail server",
    "src/ordergraph/payments/gateways/stripe.py":          "Stripe",
    "src/ordergraph/payments/gateways/stripe_answers.py":  "Stripe, whose errors it reads",
    "src/ordergraph/checks.py":                            "none: errors of the others",
    # an address that an operator set, public and looked up first
    "src/ordergraph/outgoing/addresses.py":                "a webhook's endpoint",
    "src/ordergraph/outgoing/posting.py":                  "a webhook's endpoint",
    # our own server, asked by commands for developers
    "src/ordergraph/listening.py":                         "where a developer forwards webhooks to",
    "src/ordergraph/tour/client.py":                       "the server that is toured",
    "src/ordergraph/tour/links.py":                        "the server that is toured",
    "src/ordergraph/tour/run.py":                          "the server that is toured",
    "src/ordergraph/tour/socket.py":                       "the server that is toured",
    "src/ordergraph/tour/stage.py":                        "the server that is toured",
    # our own sockets, where others come to us
    "src/ordergraph/dev.py":                               "which port is free",
    "src/ordergraph/infra/embedded.py":                    "which port is free",
    "src/ordergraph/infra/http_line.py":                   "the line that a client has opened",
    "src/ordergraph/infra/wire.py":                        "the line that a client has opened",
}
# fmt: on


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_a_line(module: str) -> bool:
    return any(module == line or module.startswith(f"{line}.") for line in LINES)


def test_nobody_else_can_follow_a_link() -> None:
    """R4."""
    speakers = {
        name(path) for path in files("src", "workers") if any(map(_is_a_line, _imported(path)))
    }

    assert speakers == set(MAY)
