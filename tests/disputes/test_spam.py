"""Nobody buries the other side under messages."""

import asyncio

import pytest

from ordergraph.disputes import actions, spam, thread
from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.refusals import ThreadFull, TooManyMessages
from ordergraph.disputes.spam import MOST_IN_A_ROW, MOST_IN_ALL, Written, why_too_many
from ordergraph.kernel.actor import Role
from tests.disputes.court import act, disputed, refused
from tests.market import ADA, LAMPS, OLGA, Market, gid

SEND = """mutation($id: ID!) { messageSend(input: {disputeId: $id, body: "Hello?"}) {
  __typename ... on TooManyMessagesError { message limit } } }"""
BUTTON = """query($id: ID!) { dispute(id: $id) { actions { kind available blockedBy {
  __typename ... on TooManyMessagesError { limit } } } } }"""


@pytest.mark.parametrize(
    ("written", "role", "refusal"),
    [
        (Written(100, MOST_IN_A_ROW - 1), Role.BUYER, None),
        (Written(100, MOST_IN_A_ROW), Role.SELLER, TooManyMessages),
        (Written(MOST_IN_ALL, 0), Role.BUYER, ThreadFull),
        (Written(MOST_IN_ALL, MOST_IN_A_ROW), Role.OPERATOR, None),
    ],
)
def test_so_many_in_a_row_and_in_all_and_no_more(
    written: Written, role: Role, refusal: type | None
) -> None:
    found = why_too_many(written, role)

    assert (type(found) if found else None) is refusal


async def test_of_many_at_once_the_last_ones_wait_for_an_answer(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spam, "MOST_IN_A_ROW", 3)
    dispute = await disputed(market)
    id_ = gid("Dispute", dispute.id)

    answers = await asyncio.gather(
        *(act(market, ADA, thread.send_message, dispute.id, "Hello?") for _ in range(8)),
        return_exceptions=True,
    )
    told = (await market.ask(ADA, SEND, id=id_))["messageSend"]
    buttons = (await market.ask(ADA, BUTTON, id=id_))["dispute"]["actions"]

    assert sum(isinstance(answer, Message) for answer in answers) == 3
    assert sum(isinstance(answer, TooManyMessages) for answer in answers) == 5
    assert told == {
        "__typename": "TooManyMessagesError",
        "message": "You wrote 3 messages in a row: please wait for an answer.",
        "limit": 3,
    }
    assert next(button for button in buttons if button["kind"] == "SEND_MESSAGE") == {
        "kind": "SEND_MESSAGE",
        "available": False,
        "blockedBy": {"__typename": "TooManyMessagesError", "limit": 3},
    }
    async with refused(TooManyMessages):
        await act(market, ADA, thread.send_message, dispute.id, "Hello?")


async def test_an_answer_opens_the_thread_again_and_a_deed_is_never_too_much(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spam, "MOST_IN_A_ROW", 1)
    dispute = await disputed(market)

    async def writes(who: object) -> None:
        await act(market, who, thread.send_message, dispute.id, "Hello.")  # type: ignore[arg-type]

    await writes(LAMPS)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    async with refused(TooManyMessages):
        await writes(LAMPS)
    await writes(ADA)
    await writes(LAMPS)
    await act(market, ADA, actions.escalate, dispute.id, "Please decide.")
    for _ in range(3):
        await writes(OLGA)
    await writes(ADA)

    assert (await Dispute.get()).message_count == 11, "two of them are lines"
