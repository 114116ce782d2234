"""Tokens of an identity provider: everything that one can be wrong in is refused (A8)."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization

from ordergraph.identity.claims import BadToken
from ordergraph.identity.signed import LARGEST
from ordergraph.kernel.actor import Role, user_id_of
from tests.identity.issuing import HOUR, MAKE, House, SigningKey, by_hand

NOW = datetime.now(UTC)
SOON = timedelta(seconds=2)


@pytest.mark.parametrize("algorithm", MAKE)
async def test_a_token_says_who_it_is_and_what_it_may(house: House, algorithm: str) -> None:
    house.keys = [SigningKey.made("first", algorithm)]
    token = house.token(jti="7f31", roles=["BUYER", "janitor"])

    provider = house.provider()
    identity = await provider.authenticate(token)

    assert identity.actor.user_id == user_id_of("auth0|7f31")
    assert identity.actor.roles == {Role.BUYER}
    assert (identity.external_id, identity.display_name) == ("auth0|7f31", "Ada Buyer")
    assert (identity.email, identity.token_id) == ("ada@example.org", "7f31")
    assert timedelta(minutes=59) < identity.expires_at - datetime.now(UTC) <= HOUR
    assert house.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}


def _confused(house: House) -> str:
    """HS256, keyed with what everybody can read: the public key, as text."""
    public = (
        house.keys[0]
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head = {"alg": "HS256", "typ": "JWT", "kid": "first"}
    unsigned = by_hand(head, house.claims(iat=0, exp=2**33)).rpartition(".")[0]
    signature = hmac.digest(public, unsigned.encode(), "sha256")
    return by_hand(head, house.claims(iat=0, exp=2**33), signature)


def _with_a_key_of_its_own(house: House) -> str:
    thief = SigningKey.made("thief")
    head = {"jwk": thief.published(), "jku": f"{house.url}/thief", "x5u": f"{house.url}/thief"}
    return house.token(thief, head)


def _unsigned(house: House, algorithm: str = "none", key: object = "first") -> str:
    return by_hand({"alg": algorithm, "kid": key}, house.claims(iat=0, exp=2**33))


# fmt: off
BAD: dict[str, Any] = {
    "without a signature":          _unsigned,
    "without one, spelled oddly":   lambda house: _unsigned(house, "nOnE"),
    "with an algorithm of none":    lambda house: _unsigned(house, ""),
    "signed with the public key":   _confused,
    "bringing its own key":         _with_a_key_of_its_own,
    "by another key of that name":  lambda house: house.token(SigningKey.made("first")),
    "by a key that nobody knows":   lambda house: house.token(SigningKey.made("second")),
    "by a key without a name":      lambda house: house.token(SigningKey.made(None)),
    "by another algorithm":         lambda house: house.token(SigningKey.made("first", "RS256")),
    "naming its key by a number":   lambda house: _unsigned(house, "ES256", 7),
    "expired":                      lambda house: house.token(exp=NOW - timedelta(seconds=1)),
    "without an end":               lambda house: house.token(exp=...),
    "with an end that is text":     lambda house: house.token(exp="soon"),
    "with an end out of time":      lambda house: house.token(exp=10**18),
    "not valid yet":                lambda house: house.token(nbf=NOW + HOUR),
    "valid from a list on":         lambda house: house.token(nbf=[1]),
    "issued in the future":         lambda house: house.token(iat=NOW + HOUR),
    "issued never":                 lambda house: house.token(iat=...),
    "for somebody else":            lambda house: house.token(aud="another-api"),
    "for nobody":                   lambda house: house.token(aud=...),
    "from somebody else":           lambda house: house.token(iss="https://elsewhere.example"),
    "from almost the same":         lambda house: house.token(iss=house.url + "/"),
    "from nobody":                  lambda house: house.token(iss=...),
    "about nobody":                 lambda house: house.token(sub=...),
    "about an empty name":          lambda house: house.token(sub=""),
    "about too long a name":        lambda house: house.token(sub="x" * 256),
    "about what cannot be stored":  lambda house: house.token(sub="a\0da"),
    "with roles as text":           lambda house: house.token(roles="OPERATOR"),
    "with roles that are no text":  lambda house: house.token(roles=[1]),
    "without roles":                lambda house: house.token(roles=...),
    "for another purpose":          lambda house: house.token(head={"typ": "logout+jwt"}),
    "asking for an extension":      lambda house: house.token(head={"crit": ["b64"], "b64": False}),
    "asking for nothing critical":  lambda house: house.token(head={"crit": []}),
    "huge":                         lambda house: house.token(name="x" * LARGEST),
    "cut":                          lambda house: house.token()[:-3],
    "in two parts":                 lambda house: house.token().rpartition(".")[0],
    "in four parts":                lambda house: house.token() + ".",
    "with a header of brackets":    lambda _: by_hand(b"[" * 9_000, {}),
    "with claims of brackets":      lambda _: by_hand({"alg": "ES256"}, b'{"a":' * 2_000),
    "with claims that are a list":  lambda _: by_hand({"alg": "ES256"}, []),
    "with a number without an end": lambda _: by_hand(b'{"alg":' + b"1" * 6_000 + b"}", {}),
    "not in base64":                lambda _: "a.ä.c",
    "no token at all":              lambda _: "garbage",
    "nothing":                      lambda _: "",
}
# fmt: on


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
async def test_a_token_is_refused(house: House, token: Any) -> None:
    provider = house.provider()
    assert await provider.authenticate(house.token())

    with pytest.raises(BadToken):
        await provider.authenticate(token(house))

    assert "/thief" not in house.asked


async def test_a_token_signed_with_our_secret_is_not_the_providers(house: House) -> None:
    ours = jwt.encode(house.claims(), "s" * 40, algorithm="HS256", headers={"kid": "first"})

    provider = house.provider()
    with pytest.raises(BadToken, match="algorithm"):
        await provider.authenticate(ours)


async def test_clocks_may_differ_by_seconds_at_the_beginning_but_not_at_the_end(
    house: House,
) -> None:
    provider = house.provider()
    assert await provider.authenticate(house.token(iat=datetime.now(UTC) + SOON))
    assert await provider.authenticate(house.token(nbf=datetime.now(UTC) + SOON))
    with pytest.raises(BadToken):
        await provider.authenticate(house.token(exp=datetime.now(UTC)))
    strict = house.provider(jwt_leeway_s="0")
    with pytest.raises(BadToken):
        await strict.authenticate(house.token(nbf=datetime.now(UTC) + SOON))


@pytest.mark.parametrize("kind", [..., "jwt", "JWT", "at+jwt", "application/at+JWT"])
async def test_access_tokens_call_themselves_in_several_ways(house: House, kind: Any) -> None:
    provider = house.provider()
    assert await provider.authenticate(house.token(head={"typ": kind}))


async def test_only_accepted_algorithms_open(house: House) -> None:
    """Its key would be good for it."""
    provider = house.provider(oidc_algorithms="RS256,EdDSA")
    with pytest.raises(BadToken, match="algorithm"):
        await provider.authenticate(house.token())
    assert not house.fetches


CLAIMS = {
    "realm_access.roles": {"realm_access": {"roles": ["staff", "shopper", "offline_access"]}},
    "https://shop.example/roles": {"https://shop.example/roles": ["staff", "shopper"]},
}


@pytest.mark.parametrize("claim", CLAIMS)
async def test_roles_are_found_where_the_provider_writes_them(house: House, claim: str) -> None:
    given = {
        "oidc_roles_claim": claim,
        "oidc_roles": "shopper=BUYER, shopper=SELLER,staff=OPERATOR",
    }
    provider = house.provider(**given)
    identity = await provider.authenticate(house.token(**CLAIMS[claim]))
    with pytest.raises(BadToken, match="roles"):
        await provider.authenticate(house.token(**{claim.split(".", maxsplit=1)[0]: "staff"}))

    assert identity.actor.roles == {Role.BUYER, Role.SELLER, Role.OPERATOR}


async def test_who_has_no_roles_may_be_a_buyer(house: House) -> None:
    """Never by a claim that is there and says something else."""
    provider = house.provider(oidc_without_roles="BUYER")
    assert (await provider.authenticate(house.token(roles=...))).actor.roles == {Role.BUYER}
    assert not (await provider.authenticate(house.token(roles=[]))).actor.roles
    with pytest.raises(BadToken):
        await provider.authenticate(house.token(roles="SELLER"))


@pytest.mark.parametrize("role", ["SYSTEM", "GATEWAY", "ADMIN", "operator", ""])
async def test_a_role_that_no_person_holds_is_not_granted(house: House, role: str) -> None:
    provider = house.provider()
    identity = await provider.authenticate(house.token(roles=[role]))

    assert not identity.actor.roles


@pytest.mark.parametrize("name", [..., "", "  ", 7, ["Ada"], "A\0da", None])
async def test_who_has_no_name_to_show_is_called_by_the_subject(house: House, name: Any) -> None:
    provider = house.provider()
    assert (await provider.authenticate(house.token(name=name))).display_name == "auth0|7f31"


@pytest.mark.parametrize(
    "said",
    [{"email": ...}, {"email": "nowhere"}, {"email": ["a@b"]}, {"email": "a@b\nBcc: c@d"},
     {"email_verified": False}, {"email_verified": "false"}, {"email": "@b"}],
)  # fmt: skip
async def test_an_address_that_nobody_confirmed_is_none(house: House, said: Any) -> None:
    provider = house.provider()
    assert (await provider.authenticate(house.token(**said))).email is None
    assert (await provider.authenticate(house.token(email_verified=True))).email


async def test_a_token_without_a_name_of_its_own_is_known_by_what_is_signed(house: House) -> None:
    """So that it can be taken back; nobody can write the same token in two ways."""
    token = house.token()
    head, _, signature = token.rpartition(".")

    provider = house.provider()
    one = await provider.authenticate(token)
    other = await provider.authenticate(house.token(name="Somebody"))
    with pytest.raises(BadToken):
        await provider.authenticate(f"{head}=.{signature}")

    assert one.token_id is not None
    assert one.token_id.startswith("sha256:")
    assert one.token_id != other.token_id
    assert orjson.dumps(one.token_id)
