"""Links to documents: good for one document, for five minutes, and only as we made them."""

from uuid import uuid4

import pytest
from tortoise import connections
from tortoise.exceptions import OperationalError

from ordergraph.files.process import READ_WITHIN
from ordergraph.withdrawals import actions
from ordergraph.withdrawals.links import link_to
from ordergraph.withdrawals.models import Document
from tests.disputes.court import act
from tests.market import ADA, NOON, Market
from tests.withdrawals.documents import drafted, phone


async def test_the_file_is_the_text_and_forged_old_and_unknown_links_answer_alike(
    market: Market,
) -> None:
    order = await market.deliver(await market.place())
    draft = await drafted(market, order)
    made = await act(market, ADA, actions.confirm, draft.id)
    assert made.document_id is not None
    good, unknown = (link_to(market.keeper.links, id_, NOON) for id_ in (made.document_id, uuid4()))
    async with phone(market) as app:
        file = await app.fetch(good)
        market.clock.advance(READ_WITHIN)
        no = [await app.fetch(url) for url in (good, good[:-1] + "x", unknown, good[:50])]

    document = await Document.get(id=made.document_id)
    assert file.content == document.content.encode()
    assert file.headers["cache-control"] == "no-store"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-language"] == "en"
    assert {(answer.status_code, answer.text) for answer in no} == {(403, no[0].text)}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE documents SET content = ''",
        "DELETE FROM documents",
        "TRUNCATE documents CASCADE",
    ],
)
async def test_what_was_acknowledged_is_never_changed(market: Market, sql: str) -> None:
    draft = await drafted(market, await market.deliver(await market.place()))
    await act(market, ADA, actions.confirm, draft.id)

    with pytest.raises(OperationalError):
        await connections.get("default").execute_script(sql)

    assert await Document.all().count() == 1
