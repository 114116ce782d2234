"""No secret lies in the repository (E3): every text that git would track is looked through."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from tests.house.walk import ROOT

IGNORED: Final = [
    pattern.rstrip("/") for pattern in (ROOT / ".gitignore").read_text().split() if pattern
]
LOCKS: Final = ("package-lock.json", "requirements/*.txt", "node.txt")
"""Hashes of packages, which look as random as keys do."""

FOR_PLAY: Final = ("password", "pass", "p", "hush", "secret", r"s%3Acret", r"p%zz", r"p%40\[s")
"""What stands for a password in examples and tests; one that is none of these is taken for real."""
ADDRESS: Final = (
    rf"\b[a-z][a-z0-9+]*://[^\s/@:\"'`]*:(?!(?:{'|'.join(FOR_PLAY)})@)[^\s/@:\"'`{{}}$<>]+@"
)
SETTING: Final = (
    r"\bORDERGRAPH_\w*(?:SECRET|TOKEN|PASSWORD|KEY)\w*[\"']?\s*[:=]\s*[\"']?[\w+/-]{20,}"
)

# fmt: off
SECRETS: Final = {what: re.compile(pattern) for what, pattern in {
    "a private key":            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a key of AWS":             r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a live key of Stripe":     r"\b[rs]k_live_[0-9A-Za-z]{8,}",
    "a secret of webhooks":     r"\bwhsec_[0-9A-Za-z+/]{24,}",
    "a token of GitHub":        r"\b(?:gh[oprsu]_[0-9A-Za-z]{30,}|github_pat_\w{30,})",
    "a key of Google":          r"\bAIza[\w-]{35}",
    "a token of Slack":         r"\bxox[abeprs]-[\w-]{10,}",
    "a token of a registry":    r"\b(?:pypi-AgE[\w-]{30,}|npm_[0-9A-Za-z]{36})",
    "a JWT":                    r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}",
    "a secret setting's value": SETTING,
    "a password in an address": ADDRESS,
}.items()}
# fmt: on


def _found(text: str) -> list[str]:
    return [what for what, pattern in SECRETS.items() if pattern.search(text)]


def _is_ignored(name: str) -> bool:
    """As git reads `.gitignore`: a pattern with a slash is a path, one without is a name at any depth."""
    return name == ".git" or any(
        fnmatch(name if "/" in pattern else name.rpartition("/")[2], pattern) for pattern in IGNORED
    )


def _files(folder: Path = ROOT) -> Iterator[Path]:
    """All but what git is told to ignore, so that a secret is found before it is committed."""
    for path in sorted(folder.iterdir()):
        if _is_ignored(path.relative_to(ROOT).as_posix()):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _texts() -> Iterator[tuple[str, str]]:
    for path in _files():
        content = path.read_bytes()
        if b"\0" not in content and not any(path.match(lock) for lock in LOCKS):
            yield path.relative_to(ROOT).as_posix(), content.decode(errors="replace")


def test_no_file_holds_a_secret() -> None:
    found = {name: whats for name, text in _texts() if (whats := _found(text))}

    assert found == {}


# fmt: off
PLANTED: Final = [  # in two pieces each, so that this file holds none
    ("a private key",            "-----BEGIN RSA PRIV" + "ATE KEY-----"),
    ("a private key",            "-----BEGIN PRIV" + "ATE KEY-----"),
    ("a private key",            "-----BEGIN PGP PRIV" + "ATE KEY BLOCK-----"),
    ("a key of AWS",             "key = 'AKIA" + "Q3EGSMTKVY7X2BWD'"),
    ("a live key of Stripe",     "sk_" + "live_51Mx0LkQyTz8"),
    ("a live key of Stripe",     '"rk_' + 'live_51Mx0LkQyTz8"'),
    ("a secret of webhooks",     "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("a token of GitHub",        "ghp_" + "k3Vd9sQmA1Zx7LwTe5RbYc2Nf8HjUp0Gi4Kt"),
    ("a key of Google",          "AIza" + "SyD3kQ8vLr2XwT7mNcB5hJ9pZgF4uEoA1sYk"),
    ("a token of Slack",         "xoxb-" + "2488517392-QmA1Zx7LwTe5"),
    ("a token of a registry",    "npm_" + "k3Vd9sQmA1Zx7LwTe5RbYc2Nf8HjUp0Gi4Kt"),
    ("a JWT",                    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.dBjftJeZ4CVPmB92K27u"),
    ("a secret setting's value", "ORDERGRAPH_JWT_SEC" + "RET=Zk3vQ8rT1mXw5LpY7cNd2sHb"),
    ("a secret setting's value", "  ORDERGRAPH_METRICS_TOK" + "EN: 'Zk3vQ8rT1mXw5LpY7cNd2sHb'"),
    ("a password in an address", "postgres://shop:9fK2mQx7" + "@db.example.com/shop"),
    ("a password in an address", "redis://:9fK2mQx7" + "@10.0.0.7:6379"),
    ("a password in an address", "https://bot:passw0rd" + "@example.com/"),
]
# fmt: on


@pytest.mark.parametrize(("what", "planted"), PLANTED)
def test_a_secret_would_be_found(what: str, planted: str) -> None:
    assert _found(f"one line\n  x = {planted}  # and more\n") == [what]


@pytest.mark.parametrize(
    "innocent",
    [
        "postgres://user:password@host:5432/name",
        "redis://:hush@{}",
        'f"postgres://{user}:{word}@{host}/shop"',
        "ORDERGRAPH_JWT_SECRET=",
        "ORDERGRAPH_JWT_SECRET: ${ORDERGRAPH_JWT_SECRET:?openssl rand -base64 48}",
        "sk_test_of_nobody",
        "whsec_of_nobody",
        "http://127.0.0.1:8000/graphql and ada@example.org",
    ],
)
def test_what_is_for_play_is_left_alone(innocent: str) -> None:
    assert _found(innocent) == []


def test_the_look_sees_the_repository() -> None:
    seen = dict(_texts())

    assert {"compose.yaml", ".env.example", ".ci/run", "docs/operate.md", "schema.graphql"} <= {
        *seen
    }
    assert {"tests/files/s3_server.py", "src/ordergraph/settings/serving.py"} <= {*seen}
    assert not [name for name in seen if name.startswith((".venv/", ".git/"))]
