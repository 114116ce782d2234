"""Nobody is measured who answers something else than ordergraph, or leaves something else behind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from bench import market
from bench.contenders import OURS, Contender
from bench.market import Case
from bench.running import Running, answer
from bench.stage import Stage
from bench.workloads import Questions, Workload

SHOWN: Final = 2_000
ITS_OWN: Final = frozenset({"id", "number", "amount", "currencyCode"})
"""What differs from order to order, where each contender cancels another one."""


class Disagreement(Exception):
    """Two servers answer one question in two ways; the message shows both."""


async def agree(
    stage: Stage, servers: Sequence[Running], questions: Iterable[Questions], count: int
) -> int:
    """Ask every server so many questions of each kind, compare what they say; return how many it were."""
    asked = 0
    for each in questions:
        workload = each.workload
        able = [server for server in servers if workload in server.contender.workloads]
        for _ in range(count):
            cases = [next(each.fresh, each.cases[0]) for _ in (able if workload.once else [0])]
            await _agree_on(stage, able, workload, cases)
            asked += 1
    return asked


async def _agree_on(
    stage: Stage, servers: Sequence[Running], workload: Workload, cases: Sequence[Case]
) -> None:
    """All answer about one case; or, where a question can be asked only once, each about its own."""
    own = cases if workload.once else [cases[0] for _ in servers]
    said = {}
    for server, case in zip(servers, own, strict=True):
        said[server.contender] = _said(stage, server, workload, case)
        if workload.once:
            said[server.contender]["left"] = await _left(stage, case)
    _compare(workload, cases[0], said)


def _said(stage: Stage, server: Running, workload: Workload, case: Case) -> Any:
    contender = server.contender
    heard = orjson.loads(answer(server.port, contender.request(stage, workload, case)))
    return contender.read(workload, heard)


async def _left(stage: Stage, case: Case) -> Any:
    async with market.connected(stage.database_url) as connection:
        return orjson.loads(await connection.fetchval(LEFT, case.order_id))


def _compare(workload: Workload, case: Case, said: Mapping[Contender, Any]) -> None:
    ours = said[OURS]
    if "errors" in ours or not ours.get("data"):
        raise Disagreement(f"{workload.name} for {case.name}: {ours}")
    for contender, theirs in said.items():
        apart = contender.lacks | (ITS_OWN if workload.once else set())
        if _without(apart, theirs) != _without(apart, ours):
            raise Disagreement(
                f"{workload.name} for {case.name}:\n{OURS.name} says {_text(ours)}\n"
                f"{contender.name} says {_text(theirs)}"
            )


def _without(apart: frozenset[str], said: Any) -> Any:
    """The same, but of these fields only whether they are there."""
    if isinstance(said, list):
        return [_without(apart, item) for item in said]
    if not isinstance(said, dict):
        return said
    return {
        name: value is not None
        if name in apart and not isinstance(value, dict)
        else _without(apart, value)
        for name, value in said.items()
    }


def _text(said: Any) -> str:
    return orjson.dumps(said).decode()[:SHOWN]


LEFT: Final = """
SELECT json_build_object(
    'order', (SELECT json_build_array(status, canceled_at IS NOT NULL, version) FROM orders WHERE id = o.id),
    'cancellations', (SELECT json_agg(json_build_array(status, version, whole, note, requested_by,
        requested_by_id = o.buyer_id, decided_by, decided_at = o.canceled_at))
        FROM cancellations WHERE order_id = o.id),
    'lines', (SELECT json_agg(DISTINCT json_build_array(l.canceled_quantity = l.quantity,
        l.refunded_minor = l.paid_minor, c.quantity = l.quantity, r.quantity = l.quantity,
        r.amount_minor = l.paid_minor)::text) FROM order_lines l
        LEFT JOIN cancellation_lines c ON c.order_line_id = l.id
        LEFT JOIN refund_lines r ON r.order_line_id = l.id WHERE l.order_id = o.id),
    'refunds', (SELECT json_agg(json_build_array(r.status, r.version, r.cause, r.method, r.borne_by, r.note,
        r.amount_minor = o.total_minor, r.shipping_minor = o.shipping_minor, r.adjustment_minor,
        r.due_at - r.created_at, r.created_at = o.canceled_at, r.next_attempt_at, r.attempts))
        FROM refunds r WHERE r.order_id = o.id),
    'payment', (SELECT json_build_array(refund_reserved_minor = o.total_minor, refunded_minor)
        FROM payments WHERE order_id = o.id),
    'ledger', (SELECT json_agg(json_build_array(kind, account, party_id = o.seller_id,
        abs(amount_minor) = o.total_minor, sign(amount_minor)) ORDER BY at, account)
        FROM ledger_entries WHERE order_id = o.id),
    'events', (SELECT json_agg(json_build_array(e.position, e.type, e.actor_role, e.actor_id = o.buyer_id,
        x.id IS NOT NULL) ORDER BY e.position)
        FROM events e LEFT JOIN outbox x ON x.event_id = e.id WHERE e.order_id = o.id),
    'keys', (SELECT json_agg(json_build_array(k.mutation, k.result_type, k.user_id = o.buyer_id))
        FROM idempotency_keys k WHERE k.result_ids->>'order' = 'Order:' || o.id)
) FROM orders o WHERE o.id = $1"""
"""What canceling left behind, but for ids, moments and sums."""
