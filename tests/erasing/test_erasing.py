"""A person is forgotten: no trace of what they wrote, and books and timelines as valid as before (E6)."""

import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tortoise import connections

from ordergraph.accounts import actions as accounts
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import returns
from ordergraph.disputes.terms import Terms
from ordergraph.erasing import (
    GONE,
    TEXTS,
    WHOLE_ROWS,
    MayNotErase,
    NobodyKnown,
    StillInvolved,
    erase,
)
from ordergraph.files.models import Attachment
from ordergraph.files.storages.protocol import NotStored
from ordergraph.identity.claims import Identity
from ordergraph.infra import timelines
from ordergraph.infra.grants import grant
from ordergraph.kernel.actor import SYSTEM, Actor
from ordergraph.orders import paying
from ordergraph.orders.models import Order
from ordergraph.payments.models import Payment
from ordergraph.withdrawals.models import Document
from tests.appeals.bench import eur
from tests.books.audit import kinds
from tests.cancellations.late import answer, asked, late_order
from tests.disputes.court import GOODS_FIRST, act, complaint, decided, disputed
from tests.disputes.documents import sent
from tests.files.conftest import door, market
from tests.files.filing import Desk
from tests.market import ADA, LAMPS, NOON, OLGA, Market, gid
from tests.watching import ask, snapshot
from tests.withdrawals.documents import confirmed, started

__all__ = ["door", "market"]
ADAS, LAMPS_, OLGAS = "Wordsofada", "Wordsoflamps", "Wordsofolga"
CANCEL = f"""mutation C($id: ID!) {{ orderCancel(input: {{orderId: $id, reasonHandle: "other",
  note: "{ADAS} note"}}) {{ __typename }} }}"""
APPEAL = f"""mutation A($id: ID!) {{ disputeAppeal(input: {{disputeId: $id, text: "{ADAS} appeals",
  amount: "10.00", evidence: [{{type: OTHER, note: "{ADAS} shows"}}]}}) {{ __typename }} }}"""
NOTE = f"""mutation N($id: ID!) {{ disputeNoteAdd(input: {{disputeId: $id, body: "{OLGAS} on {ADAS}"}}) {{
  __typename }} }}"""
THREAD = """query T($id: ID!) { dispute(id: $id) { description
  messages(first: 50) { nodes { body } } } }"""


STAYS = {
    "ids and words of ours": {
        "attachments.storage_key",
        "events.data",
        "orders.policy_numbers",
        "policies.numbers",
        "seller_rules.rules",
        "refund_attempts.idempotency_key",
        "sandbox_journal.idempotency_key",
        "webhook_deliveries.body",
    },
    "what a provider calls it: the books are compared by it": {
        "gateway_events.event_id",
        "payments.gateway_reference",
        "refunds.gateway_reference",
    },
    "the only way from the books to the bank's statement": {"refunds.bank_reference"},
    "kinds of problems, without what was in them": {
        "dead_letters.problem",
        "mails.problem",
        "reconciliations.problem",
        "reconciliations.found",
        "refund_attempts.problem",
        "webhook_attempts.problem",
    },
    "the marketplace's own, about nobody": {
        "decision_templates.labels",
        "decision_templates.texts",
        "decisions.template_labels",
        "decisions.template_texts",
        "reasons.labels",
        "reasons.picked_by",
        "reasons.suggested",
        "webhook_endpoints.description",
        "webhook_endpoints.event_types",
        "webhook_endpoints.old_secret",
        "webhook_endpoints.secret",
        "webhook_endpoints.url",
        "notifications.subject",  # such an endpoint's description
        "webhook_attempts.excerpt",  # what such an endpoint answered
    },
    "what was bought": {"order_lines.sku", "order_lines.title"},
    "so that it stays taken back": {"revoked_tokens.id"},
    "play money": {"sandbox_journal.token"},
}


async def _traces(*words: str) -> dict[str, int]:
    """In which columns of which tables any of these words stands, whatever their type."""
    connection = connections.get("default")
    columns = await connection.execute_query_dict(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    found: dict[str, int] = {}
    for column in columns:
        table, name = column["table_name"], column["column_name"]
        (row,) = await connection.execute_query_dict(
            f'SELECT count(*)::int AS n FROM "{table}" WHERE "{name}"::text ~* $1',
            ["|".join(words)],
        )
        if row["n"]:
            found[f"{table}.{name}"] = row["n"]
    return found


async def _known(market: Market, who: Actor, name: str, said: str) -> None:
    async with market.edge.transaction(who) as tx:
        await accounts.know(tx, name, said)


async def _written(market: Market, door: httpx.AsyncClient) -> str:
    """Ada has written wherever she can, the seller and the operator beside her; the dispute's id."""
    canceled = await market.place()
    await _known(market, ADA, "ada", f"{ADAS} Lovelace")
    await _known(market, LAMPS, "nordic-lamps", f"{LAMPS_} Ltd")
    await market.ask(ADA, CANCEL, id=gid("Order", canceled.id))
    withdrawn = await market.deliver(await market.place())
    begun = await started(market, withdrawn, name=f"{ADAS} Doe", contactEmail=f"{ADAS}@example.org")
    await confirmed(market, begun["withdrawal"]["id"])
    order = await market.deliver(await market.place())
    dispute = await act(
        market, ADA, disputes.open_dispute, complaint(order, description=f"{ADAS} is unhappy")
    )
    id_ = gid("Dispute", dispute.id)
    await sent(market, ADA, id_, f"{ADAS}, my address is 1 Main St")
    await sent(market, LAMPS, id_, f"{LAMPS_} answers")
    desk = Desk(market, door)
    file = await desk.stored(order.id, fileName=f"{ADAS}.png")
    await desk.show(id_, file["id"], note=f"{ADAS} shows")
    await act(market, LAMPS, disputes.refuse, dispute.id, f"{LAMPS_} refuses")
    await act(market, ADA, disputes.escalate, dispute.id, f"{ADAS} insists")
    assert (await market.ask(OLGA, NOTE, id=id_))["disputeNoteAdd"]["__typename"].endswith(
        "Success"
    )
    await decided(market, OLGA, dispute, Terms(amount=eur(1000)), f"{OLGAS} decides")
    appealed = await market.ask(ADA, APPEAL, id=id_)
    assert appealed["disputeAppeal"]["__typename"] == "DisputeAppealSuccess"
    who = Identity(ADA, "ada", "Ada", NOON + timedelta(days=365), email=f"{ADAS}@example.org")
    await market.desk.acquaintances.meet(who, "en")
    return id_


async def _erase(market: Market, who: Actor, url: str, *, force: bool = True) -> Any:
    assert who.user_id
    return await erase(url, who.user_id, market.keeper.storage, force=force)


async def test_no_trace_is_left_and_everything_stays_valid(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    id_ = await _written(market, door)
    before, balanced = await _traces(ADAS), await kinds(market)
    assert len(before) >= 10, before

    done = await _erase(market, ADA, clean)

    assert await _traces(ADAS) == {}
    assert {"users", "messages", "evidence", "disputes", "documents", "appeals"} <= set(done.rows)
    assert await kinds(market) == balanced
    orders = [order.id for order in await Order.all()]
    assert [chain.fault for chain in (await timelines.read(orders)).values()] == [None] * len(
        orders
    )
    thread = (await market.ask(LAMPS, THREAD, id=id_))["dispute"]
    bodies = [node["body"] for node in thread["messages"]["nodes"] if node["body"]]
    assert thread["description"] == GONE
    assert GONE in bodies
    assert f"{LAMPS_} answers" in bodies


async def test_files_go_with_their_names(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    await _written(market, door)
    file = await Attachment.get()
    assert [chunk async for chunk in market.keeper.storage.read(file.storage_key)]

    done = await _erase(market, ADA, clean)

    assert done.files == 1
    with pytest.raises(NotStored):
        [chunk async for chunk in market.keeper.storage.read(file.storage_key)]


async def test_sellers_and_operators_are_forgotten_too(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    await _written(market, door)
    await _known(market, OLGA, "olga", f"{OLGAS} Olsen")

    for who in (LAMPS, OLGA):
        await _erase(market, who, clean)

    assert await _traces(LAMPS_, OLGAS) == {}
    assert await _traces(ADAS) != {}


@pytest.mark.parametrize("who", [LAMPS, OLGA], ids=["the seller", "an operator"])
async def test_whoever_refused_a_late_request_takes_their_words_along(
    market: Market, clean: str, who: Actor
) -> None:
    """Nobody else's: the other answer stays."""
    await _known(market, OLGA, "olga", "Olga")
    for by, said in ((LAMPS, LAMPS_), (OLGA, OLGAS)):
        request = await asked(market, await late_order(market))
        await answer(market, "REJECT", request, by, note=f"{said} has sent it")
    said, other = (LAMPS_, OLGAS) if who is LAMPS else (OLGAS, LAMPS_)
    assert "cancellations.answer" in await _traces(said)

    await _erase(market, who, clean)

    assert await _traces(said) == {}
    assert await _traces(other) == {"cancellations.answer": 1}


@pytest.mark.parametrize("who", [ADA, LAMPS], ids=["the buyer", "the seller"])
async def test_what_operators_noted_about_a_party_goes_with_either(
    market: Market, door: httpx.AsyncClient, clean: str, who: Actor
) -> None:
    await _written(market, door)
    assert "internal_notes.body" in await _traces(OLGAS)

    await _erase(market, who, clean)

    assert "internal_notes.body" not in await _traces(OLGAS)


async def test_the_thread_s_own_line_of_a_return_loses_the_buyer_s_words_too(
    market: Market, clean: str
) -> None:
    case = await disputed(market, asked=GOODS_FIRST)
    await act(market, LAMPS, disputes.accept, case.id)
    parcel = returns.Parcel(f"{ADAS} & Sons", f"{ADAS} 12")
    await act(market, ADA, returns.ship, case.id, parcel)
    assert "messages.facts" in await _traces(ADAS)

    await _erase(market, ADA, clean)

    assert await _traces(ADAS) == {}
    thread = (await market.ask(LAMPS, THREAD, id=gid("Dispute", case.id)))["dispute"]
    said = [node["body"] for node in thread["messages"]["nodes"]]
    assert said[-1] == "The goods were sent back."


@pytest.mark.parametrize(("language", "word"), [("en", "To"), ("de", "An")])
async def test_of_a_seller_a_document_loses_the_name_and_nothing_else(
    market: Market, clean: str, language: str, word: str
) -> None:
    """It is the buyer's, too, who may show it; and its hash is of what it says."""
    order = await market.deliver(await market.place())
    await _known(market, LAMPS, "nordic-lamps", f"{LAMPS_} Ltd")
    begun = await started(market, order, language=language, name=f"To {LAMPS_}")
    await confirmed(market, begun["withdrawal"]["id"])
    before = await Document.get()

    for _ in range(2):
        await _erase(market, LAMPS, clean)

    after = await Document.get()
    assert after.content == before.content.replace(f"{word} {LAMPS_} Ltd", f"{word} {GONE}")
    assert after.content != before.content
    assert after.sha256 == hashlib.sha256(after.content.encode()).hexdigest()


async def test_what_was_never_paid_keeps_no_token(market: Market, clean: str) -> None:
    order = await market.place(paid=False)
    await Payment.filter(order_id=order.id).update(token=f"pm_{ADAS}")
    async with market.edge.transaction(SYSTEM) as tx:
        await paying.expire(tx, await Order.get(id=order.id))

    await _erase(market, ADA, clean, force=False)

    assert await _traces(ADAS) == {}


async def test_the_guards_stand_again_when_it_is_over(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    await _written(market, door)
    await _erase(market, ADA, clean)

    for table in ("messages", "evidence", "documents", "internal_notes"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await _run(clean, f"DELETE FROM {table}")
    off = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'"
    assert await _run(clean, off) == "SELECT 1"
    assert await ask(clean, off) == 0


async def test_twice_is_as_once(market: Market, door: httpx.AsyncClient, clean: str) -> None:
    await _written(market, door)
    await _erase(market, ADA, clean)
    before = await snapshot()

    await _erase(market, ADA, clean)

    assert await snapshot() == before


async def test_an_operator_who_only_ever_wrote_is_known_and_so_twice(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    """Who has neither bought nor sold has no row of users; nor, once erased, is an acquaintance."""
    await _written(market, door)

    for _ in range(2):
        done = await _erase(market, OLGA, clean)
        assert done.rows["internal_notes"] == 1

    assert await _traces(OLGAS) == {}


async def test_who_is_still_waited_for_is_not_forgotten(
    market: Market, door: httpx.AsyncClient, clean: str
) -> None:
    await _written(market, door)
    before = await snapshot()

    with pytest.raises(StillInvolved) as no:
        await _erase(market, ADA, clean, force=False)

    assert "the appeal about order" in str(no.value)
    assert await snapshot() == before


async def test_a_stranger_cannot_be_forgotten(market: Market, clean: str) -> None:
    with pytest.raises(NobodyKnown):
        await erase(clean, UUID(int=1), market.keeper.storage)


async def test_the_processes_own_role_may_not_erase(market: Market, clean: str) -> None:
    """Whoever breaks into the API cannot rewrite the past."""
    await market.place()
    await _run(clean, "CREATE ROLE eraser LOGIN")
    await grant(clean, "eraser")
    try:
        with pytest.raises(MayNotErase):
            await _erase(market, ADA, clean.replace("//postgres@", "//eraser@"))
    finally:
        await _run(clean, "DROP OWNED BY eraser")
        await _run(clean, "DROP ROLE eraser")


async def test_every_text_of_people_is_one_that_can_be_removed(database: str) -> None:  # noqa: ARG001  (it needs the database)
    """A new column of free text must say whose words it holds, or why they are nobody's."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> ALL($1)"
        " AND (data_type IN ('text', 'jsonb') OR character_maximum_length > 64)",
        [[*WHOLE_ROWS, "tortoise_migrations"]],
    )
    there = {f"{row['table_name']}.{row['column_name']}" for row in rows}
    covered = {
        f"{text.table}.{column}"
        for text in TEXTS
        for column in (*text.columns, *re.findall(r"(\w+) = ", text.otherwise))
    }

    assert there - covered == {column for columns in STAYS.values() for column in columns}


async def _run(url: str, statement: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        done: str = await connection.execute(statement)
    finally:
        await connection.close()
    return done
