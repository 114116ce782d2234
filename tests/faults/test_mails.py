"""A notification goes out by e-mail from real processes, to the address that a token named."""

from typing import Any

import jwt

from ordergraph.identity.tokens import Tokens
from ordergraph.personas import persona
from tests.faults.client import Client
from tests.faults.deployment import SECRET, Deployment, until
from tests.notifications.test_mail import ADDRESS, ASK, Server, serving


def token_with_address(name: str, address: str) -> str:
    someone = persona(name)
    assert someone is not None
    told = someone.token(Tokens(secret=SECRET, issuer="ordergraph", audience="ordergraph"))
    claims: dict[str, Any] = jwt.decode(told, options={"verify_signature": False})
    return jwt.encode(claims | {"email": address}, SECRET, algorithm="HS256")


async def test_whoever_came_with_an_address_is_mailed_what_happens_then(
    deployment: Deployment,
) -> None:
    with serving(Server()) as server:
        how = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "email_from": "shop@example.org"}
        await deployment.api(**how)
        deployment.worker(**how)
        seller = Client(deployment.ports["api"], token_with_address("nordic-lamps", ADDRESS))
        deployment.clients.append(seller)
        assert await seller.ask(ASK) == {"emailNotifications": True}

        await deployment.client("olga").place()

        async def came() -> bool:
            return bool(server.got)

        await until(came)
        ((envelope, mail),) = server.got
        assert (envelope.rcpt_tos, mail["From"]) == ([ADDRESS], "shop@example.org")
        assert mail["Subject"].startswith("New order ")
        await deployment.settled()
