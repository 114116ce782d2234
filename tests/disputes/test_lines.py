"""Lines of what happened in the thread: which events make one, and how they read."""

import ast
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import ordergraph
from ordergraph.disputes import lines
from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.words import MessageKind
from ordergraph.kernel.event import Event
from ordergraph.kernel.language import LANGUAGES
from tests.disputes.court import GOODS_FIRST, disputed, fall_due
from tests.disputes.documents import MARK_READ, moved, opened, sent
from tests.house.walk import import_everything
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid

import_everything()
SOURCE = Path(ordergraph.__file__).parent
OF_DISPUTES = sorted(
    kind.type for kind in Event.known.values() if "dispute_id" in {f.name for f in fields(kind)}
)
LINE = """
query Lines($id: ID!) { dispute(id: $id) { messageCount unreadCount
  messages { edges { cursor node { id kind eventType authorRole body warning author { displayName } readByOtherAt } } }
  readCursors { role cursor readAt message { body } } } }"""


@pytest.mark.parametrize("event_type", OF_DISPUTES)
def test_an_event_of_a_dispute_writes_a_line_or_says_why_not(event_type: str) -> None:
    assert (event_type in lines.LINES) is not (event_type in lines.WITHOUT_A_LINE)


def test_nothing_of_a_dispute_is_emitted_past_the_thread() -> None:
    """Whoever knows events of disputes uses `telling.tell`: so no line can be forgotten."""
    past = []
    for path in SOURCE.rglob("*.py"):
        text = path.read_text()
        knows = "disputes" in path.parts or "ordergraph.disputes.events" in text
        if not knows or path.name == "telling.py":
            continue
        calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        past += [path.name for f in calls if isinstance(f, ast.Attribute) and f.attr == "emit"]

    assert past == []


@pytest.mark.parametrize("event_type", sorted(lines.LINES))
def test_a_line_speaks_every_language_and_its_last_sentence_needs_the_least(
    event_type: str,
) -> None:
    sentences = lines.LINES[event_type]

    assert all(set(says) == set(LANGUAGES) for says in sentences)
    assert all(s.endswith((".", "{due}.")) for says in sentences for s in says.values())
    holes = [[lines._holes([{"en": s}]) for s in says.values()] for says in sentences]
    assert all(english == german for english, german in holes)
    bare = Message(kind=MessageKind.EVENT, event_type=event_type, author_role="SYSTEM", facts={})
    assert lines.said(bare, "de") == sentences[-1]["de"]


@pytest.mark.parametrize(
    ("event_type", "role", "facts", "english", "german"),
    [
        ("dispute.offer_made", "SELLER", {"amount_minor": 2000, "currency": "EUR", "return_paid_by": "PLATFORM"},
         "The seller offers €20.00 once the goods are back; the marketplace pays for the return.",
         "Der Verkäufer bietet 20,00\xa0€, sobald die Ware zurück ist; der Marktplatz bezahlt die Rücksendung."),
        ("dispute.offer_made", "BUYER", {"amount_minor": 500, "currency": "JPY"},
         "The buyer offers ¥500; the goods stay.", "Der Käufer bietet 500\xa0¥; die Ware bleibt."),
        ("dispute.extension_granted", "BUYER", {"due_at": "2026-11-24T01:00:00+02:00"},
         "The buyer gave more time, until 2026-11-23 at 23:00 UTC.", "Der Käufer hat mehr Zeit gegeben, bis 23.11.2026 um 23:00 UTC."),
        ("return.contested", "SELLER", {"answer": "MISSING_ITEMS"},
         "The seller contests the return: a part is missing. The marketplace decides.",
         "Der Verkäufer beanstandet die Rücksendung: Es fehlt ein Teil. Der Marktplatz entscheidet."),
        ("dispute.evidence_requested", "OPERATOR", {"party": "BUYER"},
         "The marketplace asks the buyer for evidence.", "Der Marktplatz bittet den Käufer um Belege."),
        ("dispute.of_a_newer_version", "BUYER", {}, "dispute.of_a_newer_version", "dispute.of_a_newer_version"),
    ],
)  # fmt: skip
def test_a_line_says_its_facts_in_the_readers_language(
    event_type: str, role: str, facts: dict[str, Any], english: str, german: str
) -> None:
    row = Message(kind=MessageKind.EVENT, event_type=event_type, author_role=role, facts=facts)

    assert (lines.said(row, "en"), lines.said(row, "de")) == (english, german)


async def test_what_happens_stands_in_the_thread_between_the_messages(market: Market) -> None:
    id_ = (await opened(market, asked="RETURN_AND_REFUND"))["id"]
    await sent(market, ADA, id_, "The shade is broken.")
    await moved(market, LAMPS, "disputeAccept", id_)
    parcel = ', carrier: "Post {who}", trackingNumber: "T2"'
    await moved(market, ADA, "returnShip", id_, parcel)
    before = (await market.ask(LAMPS, LINE, id=id_))["dispute"]
    edges = before["messages"]["edges"]
    await market.ask(LAMPS, MARK_READ, id=id_, upTo=edges[1]["node"]["id"])
    await market.ask(OLGA, MARK_READ, id=id_, upTo=edges[2]["node"]["id"])
    market.clock.advance(DAY)
    await market.ask(ADA, MARK_READ, id=id_, upTo=edges[2]["node"]["id"])
    german = (await market.ask(ADA, LINE, "de", id=id_))["dispute"]

    assert [edge["node"]["body"] for edge in edges] == [
        "The shade is broken.",
        "The seller accepted: €84.70 once the goods are back; the seller pays for the return.",
        "The buyer sent the goods back with Post {who}, number T2.",
    ]
    assert [edge["node"]["eventType"] for edge in edges] == [
        None,
        "dispute.accepted",
        "return.shipped",
    ]
    assert [edge["node"]["author"]["displayName"] for edge in edges] == [
        "Ada",
        "Nordic-Lamps",
        "Ada",
    ]
    assert (before["messageCount"], before["unreadCount"]) == (3, 2)
    assert german["messages"]["edges"][1]["node"]["body"].startswith("Der Verkäufer hat zugestimmt")
    assert [edge["node"]["readByOtherAt"] for edge in german["messages"]["edges"]] == [
        "2026-11-23T12:00:00.000Z",
        "2026-11-24T12:00:00.000Z",
        None,
    ], "the operator's reading is nobody's receipt"
    assert german["readCursors"] == [
        {
            "role": "BUYER",
            "cursor": edges[2]["cursor"],
            "readAt": "2026-11-24T12:00:00.000Z",
            "message": {"body": german["messages"]["edges"][2]["node"]["body"]},
        },
        {
            "role": "SELLER",
            "cursor": edges[1]["cursor"],
            "readAt": "2026-11-23T12:00:00.000Z",
            "message": {"body": german["messages"]["edges"][1]["node"]["body"]},
        },
    ]


async def test_what_a_deadline_did_is_new_to_both_sides(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    market.clock.advance(6 * DAY)
    await fall_due(market, dispute)

    line = await Message.get(dispute_id=dispute.id)
    unread = [
        (await market.ask(who, "query($id: ID!) { dispute(id: $id) { unreadCount } }", id=gid("Dispute", dispute.id)))
        for who in (ADA, LAMPS, OLGA)
    ]  # fmt: skip

    assert lines.said(line, "en").startswith("The seller did not answer in time: €84.70")
    assert (line.author_id, line.author_role) == (None, "SYSTEM")
    assert [answer["dispute"]["unreadCount"] for answer in unread] == [1, 1, 1]


def test_a_fact_that_the_event_names_goes_before_what_the_dispute_knows() -> None:
    dispute = Dispute(currency="EUR", approved_minor=100, return_carrier="Post")

    assert lines.facts_of(_offer(), dispute) == {"amount_minor": 7, "currency": "EUR"}


def _offer() -> Any:
    class Offered:
        type = "dispute.offer_made"

        def to_json(self) -> dict[str, Any]:
            return {"amount_minor": 7, "return_paid_by": None, "offer_id": str(uuid4())}

    return Offered()
