"""The evidence pack: what stands in it, for whom, on paper, too."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader
from strawberry import relay

from ordergraph import downloads
from ordergraph.disputes.pack import facts as packing
from ordergraph.disputes.pack import paper
from ordergraph.disputes.pack.links import Order
from ordergraph.identity.actions import revoke_token, revoke_user
from ordergraph.identity.claims import Identity
from ordergraph.identity.revoking import Revoking
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor, Role
from ordergraph.transports.rates import Quotas, Rates
from tests.api.doors import TOKENS
from tests.disputes.documents import moved, opened, sent
from tests.files.filing import Desk, door_of
from tests.market import ADA, BEN, LAMPS, NOON, OLGA

PACK = """query Pack($id: ID!) { dispute(id: $id) {
  evidencePack { json { url expiresAt headers { name } } pdf { url } } } }"""
TEXT = "Größe falsch — Кириллица, Ελληνικά, 中文, العربية, 😀"


async def _links(desk: Desk, who: Actor, id_: str, language: str = "en") -> dict[str, Any]:
    shown = (await desk.market.ask(who, PACK, language, id=id_))["dispute"]
    links: dict[str, Any] = shown["evidencePack"]
    return links


async def _pack(desk: Desk, who: Actor, id_: str, language: str = "en") -> dict[str, Any]:
    answer = await desk.door.get((await _links(desk, who, id_, language))["json"]["url"])
    assert answer.status_code == 200
    pack: dict[str, Any] = answer.json()
    return pack


async def _paper(desk: Desk, who: Actor, id_: str) -> tuple[httpx.Response, str]:
    answer = await desk.door.get((await _links(desk, who, id_))["pdf"]["url"])
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return answer, "\n".join(page.extract_text() for page in pages)


async def _case(desk: Desk) -> tuple[str, dict[str, Any]]:
    """A dispute with a message, evidence, a file that hangs, one that does not, and a decision."""
    order = await desk.delivered()
    id_ = (await opened(desk.market, order))["id"]
    await sent(desk.market, ADA, id_, TEXT)
    photo = await desk.stored(order.id, fileName="Größe.png")
    await desk.show(id_, photo["id"], note="So kam sie an.")
    await desk.stored(order.id, LAMPS, fileName="draft-of-the-seller.png")
    await moved(desk.market, LAMPS, "disputeRefuse", id_, ', note: "No."')
    await moved(desk.market, ADA, "disputeEscalate", id_)
    await moved(desk.market, OLGA, "disputeDecide", id_, ', amount: "5.00", note: "A part."')
    return id_, photo


async def test_a_pack_holds_all_that_a_bank_asks_for(desk: Desk) -> None:
    id_, photo = await _case(desk)

    pack = await _pack(desk, ADA, id_)

    rows = await EventRow.all().order_by("position")
    assert (pack["schema"], pack["madeFor"]) == ("ordergraph.evidence-pack/1", "BUYER")
    assert pack["complete"] is True
    assert pack["parties"] == {
        "buyer": {"displayName": "Ada"}, "seller": {"displayName": "Nordic-Lamps"},
    }  # fmt: skip
    assert pack["payment"]["captured"] == {"amount": "84.70", "currencyCode": "EUR"}
    assert pack["payment"]["gatewayReference"]
    assert [event["hash"] for event in pack["timeline"]] == [row.hash for row in rows]
    said = {message["body"]: message["kind"] for message in pack["messages"]}
    assert (said[TEXT], said["No."]) == ("TEXT", "TEXT")
    assert said["The buyer handed in evidence."] == "EVENT"
    (evidence,) = pack["evidence"]
    assert evidence["attachments"] == [
        {"fileName": "Größe.png", "contentType": "image/png", "size": photo["size"],
         "sha256": photo["sha256"]},
    ]  # fmt: skip
    assert (pack["decision"]["outcome"], pack["decision"]["note"]) == (
        "REFUNDED_PARTIAL", "A part.",
    )  # fmt: skip
    assert (await _pack(desk, ADA, id_, "de"))["dispute"]["reasonLabel"] == "Beschädigt angekommen"


async def test_a_pack_shows_to_nobody_what_only_another_sees(desk: Desk) -> None:
    id_, _ = await _case(desk)

    for who in (ADA, LAMPS, OLGA):
        url = (await _links(desk, who, id_))["json"]["url"]
        text = (await desk.door.get(url)).text
        assert "draft-of-the-seller" not in text
        for hidden in (ADA.user_id, LAMPS.user_id, OLGA.user_id):
            assert str(hidden) not in text


async def test_a_pack_is_only_for_who_may_see_the_dispute_when_it_is_fetched(desk: Desk) -> None:
    id_ = (await opened(desk.market))["id"]
    ex_buyer = Actor(frozenset({Role.SELLER}), ADA.user_id)

    assert (await desk.market.ask(BEN, PACK, id=id_))["dispute"] is None
    assert (await desk.market.ask(ex_buyer, PACK, id=id_))["dispute"] is None
    link = (await _links(desk, ADA, id_))["json"]
    desk.market.clock.advance(packing.datetime.fromisoformat(link["expiresAt"]) - NOON)
    assert (await desk.door.get(link["url"])).status_code == 403


async def test_whose_tokens_are_taken_back_fetches_no_pack_any_more(desk: Desk) -> None:
    """Not by the links they had asked for before, either; later tokens are good."""
    id_ = (await opened(desk.market))["id"]
    url = (await _links(desk, ADA, id_))["json"]["url"]
    tokens = Revoking(TOKENS, desk.market.hub)
    ada = Identity(ADA, "ada", "Ada", NOON + timedelta(days=1), token_id="stolen")
    dispute_id = UUID(relay.from_base64(id_)[1])

    def link(**claims: Any) -> str:
        order = Order(dispute_id, "json", "en", replace(ada, **claims))
        return order.signed(desk.market.keeper.links, NOON).url

    async with door_of(desk.market, replace(desk.market.front, tokens=tokens)) as door:
        assert (await door.get(url)).status_code == 200
        await revoke_token("stolen")
        await tokens.revocations.read()
        later = datetime.now(UTC) + timedelta(hours=1)
        assert (await door.get(link())).status_code == 403
        assert (await door.get(link(token_id="another"))).status_code == 200
        assert ADA.user_id
        await revoke_user(ADA.user_id)
        await tokens.revocations.read()
        assert (await door.get(url)).status_code == 403
        assert (await door.get(link(token_id="another", issued_at=later))).status_code == 200


async def test_the_paper_can_be_read_back_in_any_script(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    id_, photo = await _case(desk)

    answer, text = await _paper(desk, LAMPS, id_)

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["cache-control"] == "no-store"
    said = " ".join(text.split())
    assert "Größe falsch — Кириллица, Ελληνικά" in said
    assert "So kam sie an." in said
    assert photo["sha256"] in said.replace(" ", "")
    assert "REFUNDED_PARTIAL" in said
    assert not any("中" in record.getMessage() for record in caplog.records)


async def test_who_waits_too_long_for_the_printer_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = (await opened(desk.market))["id"]
    monkeypatch.setattr(downloads, "PATIENCE_S", 0.01)
    links = await _links(desk, ADA, id_)

    async with downloads.PRINTER:
        answers = [await desk.door.get(links[form]["url"]) for form in ("pdf", "json")]

    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].headers["retry-after"]


async def test_one_paper_is_printed_for_a_person_at_a_time(desk: Desk) -> None:
    """So nobody fills the line before the printer; others are served in their turn."""
    id_ = (await opened(desk.market))["id"]
    adas, lamps = [(await _links(desk, who, id_))["pdf"]["url"] for who in (ADA, LAMPS)]
    async with downloads.PRINTER:
        first = [asyncio.create_task(desk.door.get(url)) for url in (adas, lamps)]
        while len(downloads.PRINTED_FOR) < 2:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.01)
        refused = [await desk.door.get(adas) for _ in range(3)]

    assert [answer.status_code for answer in refused] == [429] * 3
    assert refused[0].json() == {"error": {"code": "RATE_LIMITED"}}
    assert int(refused[0].headers["retry-after"]) > 0
    assert [answer.status_code for answer in await asyncio.gather(*first)] == [200, 200]
    assert not downloads.PRINTED_FOR


async def test_a_pack_counts_as_many_operations_of_whom_it_is_for(desk: Desk) -> None:
    """R2: whoever prints all the time is refused, as for operations; nobody else is."""
    id_ = (await opened(desk.market))["id"]
    front = replace(desk.market.front, rates=Rates(Quotas(operations=129)))
    adas, lamps = [await _links(desk, who, id_) for who in (ADA, LAMPS)]
    async with door_of(desk.market, front) as door:
        answers = [
            await door.get(links[form]["url"])
            for links, form in (
                (adas, "pdf"), (adas, "json"), (adas, "pdf"), (adas, "json"), (adas, "json"), (lamps, "json"),
            )
        ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 429, 200]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60


async def test_what_does_not_fit_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = (await opened(desk.market))["id"]
    for n in range(3):
        await sent(desk.market, ADA, id_, f"Message {n}.")
    monkeypatch.setattr(packing, "MOST", 2)
    monkeypatch.setattr(paper, "MOST_TEXT", 1_000)

    pack = await _pack(desk, ADA, id_)
    _, text = await _paper(desk, ADA, id_)

    assert (pack["complete"], len(pack["messages"])) == (False, 2)
    assert "Not complete" in text
