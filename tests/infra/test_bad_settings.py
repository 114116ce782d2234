"""Nonsense for every variable: refused at the start, in one line that says which."""

import re
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args

import pytest

from ordergraph.settings import SettingsError, known, load
from ordergraph.settings.reading import SECRET
from tests.tour.installation import environment, ordergraph

SERVERS: Final = {
    "ORDERGRAPH_DATABASE_URL": "postgres://ann:hush@db:5432/shop",
    "ORDERGRAPH_REDIS_URL": "redis://:hush@r:6379/0",
}
BIG: Final = ("99999999999999", "9" * 40, "9" * 5_000, "1e400")
NONSENSE: Final = (
    *BIG,
    "inf",
    "-inf",
    "nan",
    "-1",
    "-9e99",
    "a word",
    " ",
    "1,5",
    "0x10",
)


def _is_number(field: Any) -> bool:
    kinds = set(get_args(field.annotation)) or {field.annotation}
    return kinds - {NoneType} <= {int, float}


NUMBERS: Final = sorted(name for name, field in known().items() if _is_number(field))


def _refusal(name: str, text: str) -> str | None:
    try:
        load(SERVERS | {name: text})
    except SettingsError as refused:
        return str(refused)
    return None


def test_there_are_many_numbers() -> None:
    """Who finds none has asked for them wrongly."""
    assert len(NUMBERS) > 60
    assert {
        "ORDERGRAPH_GRACE_S",
        "ORDERGRAPH_POLICY__HOLD_MAX_S",
        "ORDERGRAPH_SOCKET_INIT_S",
    } <= set(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_one_and_has_its_bounds(name: str) -> None:
    for text in NONSENSE:
        refused = _refusal(name, text)

        assert refused is not None, f"{name}={text[:50]} is taken"
        assert refused.startswith(f"{name}={text!r}: ")
        assert "\n" not in refused


def test_an_empty_number_is_as_good_as_none() -> None:
    assert load(SERVERS | dict.fromkeys(NUMBERS, "")) == load(SERVERS)


def test_a_rate_is_none_or_one_that_ends() -> None:
    name = "ORDERGRAPH_GATEWAY_RATE_PER_S"

    assert _refusal(name, "0") is None
    assert _refusal(name, "0.001") is None
    assert _refusal(name, "1e-310") is not None
    assert _refusal(name, "0.0009") == f"{name}='0.0009': should be 0, or at least 0.001"


@pytest.mark.parametrize("text", ["0", "60,", "60,-1", "60;5", "1.5", "86401", "a", " ", "9" * 99])
def test_a_list_of_spans_has_only_such(text: str) -> None:
    refused = _refusal("ORDERGRAPH_REFUND_BACK_OFF_S", text)

    assert refused is not None
    assert "should look like 60,300,1800" in refused


BAD_PLACES: Final = (
    *("x:notaport", "h:99999", "h:99999x", "h:0", "h:-1", "h:1:2", "a b", "a\tb", "a\nb", "h,i:5"),
    *("[::1", "[::1]x", "[nonsense]", "::1", "a..b", "x" * 64, "<h>", "h\\i", "*"),
)
URLS: Final = {
    "DATABASE_URL": (
        "postgres://{}/shop",
        ("", "mysql://db/shop", "postgres://", "postgres://///"),
    ),
    "REPLICA_URL": ("postgres://ann:hush@{}/shop", ("mysql://ann:hush@db/shop",)),
    "REDIS_URL": ("redis://:hush@{}/0", ("redis://", "redis://h/abc", "unix://", "http://h/0")),
    "PUBLIC_URL": ("https://{}", ("api.example.org", "https://", "https://h/?a", "https://u:p@h")),
    "OIDC_ISSUER": ("https://{}/realm", ("id.example.org", "ftp://h", "https:///realm")),
    "JWKS_URL": ("https://{}/keys", ("id.example.org/keys", "https://u@h/keys")),
    "SMTP_URL": ("smtp://ann:hush@{}", ("smtp://", "mail.example.org", "http://h:25")),
    "ORIGINS": ("https://{}", ("shop.example.com", "https://h/path", "https://u@h", "null")),
}
HARD: Final = [
    (f"ORDERGRAPH_{name}", text)
    for name, (form, more) in URLS.items()
    for text in (*(form.format(place) for place in BAD_PLACES), *more)
    if text
]


@pytest.mark.parametrize(("name", "text"), HARD)
def test_what_leads_nowhere_is_refused(name: str, text: str) -> None:
    refused = _refusal(name, text)

    assert refused is not None
    secret = name.removeprefix("ORDERGRAPH_").lower() in SECRET
    assert refused.startswith(f"{name}: should " if secret else f"{name}={text!r}: should ")
    assert "hush" not in refused
    assert "\n" not in refused


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgres://ann:p%40[s@db.example.org:5432/shop?sslmode=require"),
        ("DATABASE_URL", "postgres://ann@[::1]:5432/shop"),
        ("DATABASE_URL", "postgres:///shop?host=/run/postgresql"),
        ("DATABASE_URL", "postgres://db_1"),
        ("REDIS_URL", "rediss://ann:hush@r.example.org"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=2"),
        ("PUBLIC_URL", "http://[::1]:8000/shop/"),
        ("PUBLIC_URL", "https://bücher.example"),
        ("JWKS_URL", "https://id.example.org:8443/keys?p=1"),
        ("SMTP_URL", "smtps://ann%40example.org:p%zz@mail.example.org"),
        ("ORIGINS", "https://shop.example.com, http://localhost:3000,http://[::1]:8080"),
        ("REFUND_BACK_OFF_S", "1, 5,86400"),
        ("ORIGINS", "*"),
    ],
)
def test_what_leads_somewhere_is_taken(name: str, text: str) -> None:
    assert _refusal(f"ORDERGRAPH_{name}", text) is None


@pytest.mark.parametrize(
    ("command", "name", "text"),
    [
        ("serve", "public_url", "api.example.org"),
        ("worker", "gateway_rate_per_s", "inf"),
        ("check", "refund_lease_s", "99999999999999"),
        ("migrate", "database_url", "postgres://x:notaport/y"),
    ],
)
def test_a_command_ends_with_two_and_one_line(
    tmp_path: Path, command: str, name: str, text: str
) -> None:
    given = {"database_url": "postgres://h/x", "redis_url": "redis://h", name: text}

    done = ordergraph(command, env=environment(tmp_path, **given))

    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(rf"ordergraph: ORDERGRAPH_{name.upper()}.*\n", done.err)
