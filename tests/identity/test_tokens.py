"""Tokens: everything that one can be wrong in is refused, and never taken for nobody's (A8)."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest

from ordergraph.identity.claims import BadToken
from ordergraph.identity.tokens import ALGORITHM, Tokens
from ordergraph.kernel.actor import Role, user_id_of
from tests.api.doors import HOUR, TOKENS

NOW = datetime.now(UTC)
GOOD: dict[str, Any] = {
    "sub": "ada",
    "name": "Ada",
    "roles": ["BUYER"],
    "iss": TOKENS.issuer,
    "aud": TOKENS.audience,
    "iat": NOW,
    "exp": NOW + HOUR,
}


def _signed(secret: str = TOKENS.secret, algorithm: str = ALGORITHM, **changes: Any) -> str:
    claims = {k: v for k, v in {**GOOD, **changes}.items() if v is not ...}
    return jwt.encode(claims, secret, algorithm=algorithm)


def _unsigned() -> str:
    """`alg: none`, as the oldest trick does it."""
    parts = [{"alg": "none", "typ": "JWT"}, {**GOOD, "iat": 0, "exp": 2**33}]
    encoded = [base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, ""])


WIDE = Tokens(secret="w" * 64, issuer=TOKENS.issuer, audience=TOKENS.audience)
"""A key that is long enough for HS512 too."""


def test_the_algorithm_is_ours_to_choose_not_the_tokens() -> None:
    other_way = _signed(secret=WIDE.secret, algorithm="HS512")

    assert WIDE.read(_signed(secret=WIDE.secret)).external_id == "ada"
    with pytest.raises(BadToken):
        WIDE.read(other_way)


def test_a_token_that_we_issue_says_who_it_is_and_what_it_may() -> None:
    token = TOKENS.issue("ada", frozenset({Role.BUYER, Role.SELLER}), "Ada Buyer", HOUR)

    identity = TOKENS.read(token)

    assert identity.actor.user_id == user_id_of("ada")
    assert identity.actor.roles == {Role.BUYER, Role.SELLER}
    assert (identity.external_id, identity.display_name) == ("ada", "Ada Buyer")
    assert timedelta(minutes=59) < identity.expires_at - datetime.now(UTC) <= HOUR


# fmt: off
BAD = {
    "without a signature":        _unsigned,
    "signed with another key":    lambda: _signed(secret="x" * 40),
    "expired":                    lambda: _signed(exp=NOW - timedelta(seconds=1)),
    "without an end":             lambda: _signed(exp=...),
    "with an end that is text":   lambda: _signed(exp="soon"),
    "with an end out of time":    lambda: _signed(exp=10**18),
    "not valid yet":              lambda: _signed(nbf=NOW + HOUR),
    "issued in the future":       lambda: _signed(iat=NOW + HOUR),
    "without a beginning":        lambda: _signed(iat=...),
    "for somebody else":          lambda: _signed(aud="another-api"),
    "for nobody":                 lambda: _signed(aud=...),
    "from somebody else":         lambda: _signed(iss="another-house"),
    "from nobody":                lambda: _signed(iss=...),
    "about nobody":               lambda: _signed(sub=...),
    "about an empty name":        lambda: _signed(sub=""),
    "about too long a name":      lambda: _signed(sub="x" * 256),
    "with roles as text":         lambda: _signed(roles="OPERATOR"),
    "with roles that are no text": lambda: _signed(roles=[1]),
    "without roles":              lambda: _signed(roles=...),
    "cut":                        lambda: _signed()[:-3],
    "no token at all":            lambda: "garbage",
}
# fmt: on


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
def test_a_token_is_refused(token: Any) -> None:
    with pytest.raises(BadToken):
        TOKENS.read(token())


@pytest.mark.parametrize("role", ["SYSTEM", "GATEWAY", "ADMIN", "operator", ""])
def test_a_role_that_no_person_holds_is_not_granted(role: str) -> None:
    identity = TOKENS.read(_signed(roles=[role, "BUYER"]))

    assert identity.actor.roles == {Role.BUYER}
    assert identity.actor.office is None


def test_a_token_without_a_name_is_called_by_its_subject() -> None:
    assert TOKENS.read(_signed(name=...)).display_name == "ada"


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "  Bearer   {} "])
def test_the_scheme_is_read_in_any_case(header: str) -> None:
    assert TOKENS.from_header(header.format(_signed())).external_id == "ada"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "{}", "Token {}"])
def test_a_header_without_a_bearer_token_is_refused(header: str) -> None:
    with pytest.raises(BadToken):
        TOKENS.from_header(header.format(_signed()))


def test_the_secret_of_another_deployment_opens_nothing() -> None:
    other = Tokens(secret="o" * 40, issuer=TOKENS.issuer, audience=TOKENS.audience)

    with pytest.raises(BadToken):
        other.read(_signed())
