"""The rules by which an order's books agree, as a table of SQL: each finds what breaks it."""

from collections.abc import Mapping
from typing import Final

from ordergraph.books.process import DifferenceKind as K
from ordergraph.payments.ledger.process import COLUMNS, SETTLED


def _entered(column: str) -> str:
    """What the ledger says that a payment's column is."""
    sign, accounts = COLUMNS[column]
    names = ", ".join(f"'{account}'" for account in accounts)
    return (
        f"{sign} * coalesce(sum(amount_minor) FILTER (WHERE account IN ({names})), 0) AS {column}"
    )


ENTERED: Final = ", ".join(map(_entered, COLUMNS))
BY_COLUMN: Final = ", ".join(f"('{column}', l.{column}, p.{column})" for column in COLUMNS)
IN_ITS_WAY: Final = " ".join(f"WHEN '{way}' THEN '{kind}'" for way, kind in SETTLED.items())
SETTLING: Final = ", ".join(f"'{kind}'" for kind in SETTLED.values())

# fmt: off
RULES: Final[Mapping[K, str]] = {
    # for the orders $1: which, what of it, what it should be, what it is, and the currency of both
    K.POSTING_UNBALANCED: """
        SELECT order_id, posting_id::text AS subject, 0 AS expected, sum(amount_minor) AS found, currency
        FROM ledger_entries WHERE order_id = ANY($1)
        GROUP BY order_id, posting_id, currency HAVING sum(amount_minor) <> 0""",
    K.PAYMENT_LEDGER: f"""
        SELECT order_id, pair.subject, pair.expected, pair.found, currency
        FROM (SELECT order_id, currency, {ENTERED} FROM ledger_entries
              WHERE order_id = ANY($1) GROUP BY order_id, currency) AS l
        FULL JOIN (SELECT * FROM payments WHERE order_id = ANY($1)) AS p USING (order_id, currency)
        CROSS JOIN LATERAL (VALUES {BY_COLUMN}) AS pair (subject, expected, found)
        WHERE coalesce(pair.expected, 0) <> coalesce(pair.found, 0)""",
    K.PAYMENT_REFUNDS: """
        SELECT order_id, pair.subject, pair.expected, pair.found, currency
        FROM payments p
        LEFT JOIN (SELECT payment_id,
                sum(amount_minor) FILTER (WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED')) AS live,
                sum(amount_minor) FILTER (WHERE status = 'SUCCEEDED') AS done
            FROM refunds WHERE order_id = ANY($1) GROUP BY payment_id) AS r ON r.payment_id = p.id
        CROSS JOIN LATERAL (VALUES
            ('refund_reserved_minor', coalesce(r.live, 0), p.refund_reserved_minor),
            ('refunded_minor', coalesce(r.done, 0), p.refunded_minor)) AS pair (subject, expected, found)
        WHERE order_id = ANY($1) AND pair.expected <> pair.found""",
    K.SETTLED_AMOUNT: """
        SELECT coalesce(r.order_id, s.order_id) AS order_id, coalesce(r.id, s.refund_id)::text AS subject,
               r.amount_minor AS expected, s.minor AS found, coalesce(r.currency, s.currency) AS currency
        FROM (SELECT * FROM refunds WHERE order_id = ANY($1) AND status = 'SUCCEEDED') AS r
        FULL JOIN (SELECT refund_id, order_id, currency, -sum(amount_minor) AS minor FROM ledger_entries
                   WHERE order_id = ANY($1) AND account IN ('REFUNDED', 'STORE_CREDIT')
                   GROUP BY refund_id, order_id, currency) AS s ON s.refund_id = r.id
        WHERE (r.amount_minor, r.currency) IS DISTINCT FROM (s.minor, s.currency)""",
    K.SETTLED_TIMES: f"""
        SELECT coalesce(r.order_id, s.order_id) AS order_id, coalesce(r.id, s.refund_id)::text AS subject,
               (r.id IS NOT NULL)::int AS expected, coalesce(s.times, 0) AS found, NULL AS currency
        FROM (SELECT id, order_id, CASE method {IN_ITS_WAY} END AS kind
              FROM refunds WHERE order_id = ANY($1) AND status = 'SUCCEEDED') AS r
        FULL JOIN (SELECT refund_id, order_id, kind, count(DISTINCT posting_id) AS times FROM ledger_entries
                   WHERE order_id = ANY($1) AND kind IN ({SETTLING})
                   GROUP BY refund_id, order_id, kind) AS s ON s.refund_id = r.id AND s.kind = r.kind
        WHERE (r.id IS NOT NULL)::int <> coalesce(s.times, 0)""",
    K.COMPENSATED: """
        SELECT coalesce(r.order_id, s.order_id) AS order_id, coalesce(r.id, s.refund_id)::text AS subject,
               coalesce(r.compensated_minor, 0) AS expected, coalesce(s.minor, 0) AS found, coalesce(r.currency, s.currency) AS currency
        FROM (SELECT * FROM refunds WHERE order_id = ANY($1) AND compensated_minor > 0) AS r
        FULL JOIN (SELECT refund_id, order_id, currency, sum(amount_minor) AS minor FROM ledger_entries
                   WHERE order_id = ANY($1) AND kind = 'SELLER_COMPENSATED' AND account = 'PLATFORM_COST'
                   GROUP BY refund_id, order_id, currency) AS s ON s.refund_id = r.id
        WHERE (r.compensated_minor, r.currency) IS DISTINCT FROM (s.minor, s.currency)""",
    K.PAID_OUT: """
        SELECT p.order_id, 'paid_out_minor' AS subject, due.minor AS expected, p.paid_out_minor AS found, p.currency
        FROM payments p JOIN orders o ON o.id = p.order_id
        CROSS JOIN LATERAL (SELECT CASE o.status WHEN 'COMPLETED' THEN greatest(0, p.captured_minor
            + p.platform_cost_minor - p.return_cost_minor - p.refund_reserved_minor - p.refunded_minor)
            ELSE 0 END AS minor) AS due
        WHERE p.order_id = ANY($1) AND p.paid_out_minor <> due.minor""",
    K.RETURN_COST: """
        SELECT coalesce(d.order_id, e.order_id) AS order_id, coalesce(d.id, e.dispute_id)::text AS subject,
               d.minor AS expected, e.minor AS found, coalesce(d.currency, e.currency) AS currency
        FROM (SELECT id, order_id, currency, return_cost_minor AS minor FROM disputes
              WHERE order_id = ANY($1) AND status = 'RESOLVED' AND return_shipped_at IS NOT NULL
                AND return_cost_minor > 0) AS d
        FULL JOIN (SELECT dispute_id, order_id, currency, -sum(amount_minor) AS minor FROM ledger_entries
                   WHERE order_id = ANY($1) AND account = 'RETURN_SHIPPING'
                   GROUP BY dispute_id, order_id, currency) AS e ON e.dispute_id = d.id
        WHERE (d.minor, d.currency) IS DISTINCT FROM (e.minor, e.currency)
        UNION ALL
        SELECT d.order_id, 'refund ' || r.id, share.buyer, -r.adjustment_minor, d.currency
        FROM disputes d JOIN refunds r ON r.cause_id = d.id
        CROSS JOIN LATERAL (SELECT CASE WHEN d.return_paid_by = 'BUYER' AND d.return_shipped_at IS NOT NULL
            THEN least(coalesce(d.return_cost_minor, 0), d.approved_minor) ELSE 0 END AS buyer) AS share
        WHERE d.order_id = ANY($1) AND share.buyer <> -r.adjustment_minor
        UNION ALL
        SELECT d.order_id, 'seller''s share of ' || d.id, share.seller, coalesce(paid.minor, 0), d.currency
        FROM disputes d LEFT JOIN refunds r ON r.cause_id = d.id
        LEFT JOIN (SELECT dispute_id, sum(amount_minor) AS minor FROM ledger_entries
                   WHERE order_id = ANY($1) AND account = 'SELLER_PAYABLE' AND dispute_id IS NOT NULL
                   GROUP BY dispute_id) AS paid ON paid.dispute_id = d.id
        CROSS JOIN LATERAL (SELECT coalesce(CASE
            WHEN d.return_shipped_at IS NULL OR d.return_paid_by = 'PLATFORM' THEN 0
            WHEN d.return_paid_by = 'SELLER' THEN d.return_cost_minor
            WHEN r.borne_by = 'SELLER' THEN -r.adjustment_minor
            WHEN r.id IS NULL AND d.decided_by <> 'DEADLINE' THEN d.approved_minor
            WHEN r.id IS NOT NULL THEN 0 ELSE paid.minor END, 0) AS seller) AS share
        WHERE d.order_id = ANY($1) AND d.status = 'RESOLVED' AND share.seller <> coalesce(paid.minor, 0)""",
}
# fmt: on

TABLES: Final = """
CREATE TEMPORARY TABLE scope (gateway text, since timestamptz);
CREATE TEMPORARY TABLE tries (kind text, reference uuid, gateway_reference text,
                              amount_minor bigint, currency text, standing text, at timestamptz, payment text)"""
MOVED: Final = """
CREATE TEMPORARY TABLE moved AS
SELECT kind, reference, min(gateway_reference) AS gateway_reference, count(*)::int AS times,
       min(amount_minor) AS minor, min(currency) AS currency, min(payment) AS payment
FROM (SELECT DISTINCT ON (kind, reference, gateway_reference) * FROM tries
      ORDER BY kind, reference, gateway_reference, at DESC, standing = 'FAILED' DESC) AS final
WHERE standing <> 'FAILED'
GROUP BY kind, reference, CASE WHEN reference IS NULL THEN gateway_reference END;
ANALYZE moved"""
"""What the gateway's lines come to: of each thing it did the last line holds, and a failed one moved nothing."""

# fmt: off
AT_THE_GATEWAY: Final[Mapping[K, str]] = {
    # the same for payments through the gateway, recorded by us since a moment: both stand in `scope`
    K.CAPTURE_MISSING: """
        SELECT p.order_id, p.id::text AS subject, p.captured_minor AS expected, NULL::bigint AS found, p.currency
        FROM payments p LEFT JOIN moved m ON m.kind = 'CAPTURE' AND m.reference = p.id
        JOIN scope ON p.gateway = scope.gateway AND p.captured_at >= scope.since
        WHERE p.captured_minor > 0 AND m.kind IS NULL""",
    K.CAPTURE_UNKNOWN: """
        SELECT p.order_id, m.gateway_reference AS subject, NULL::bigint AS expected, m.minor AS found, m.currency
        FROM moved m LEFT JOIN payments p ON p.id = m.reference LEFT JOIN orders o ON o.id = p.order_id
        WHERE m.kind = 'CAPTURE' AND (p.id IS NULL OR p.gateway <> (SELECT gateway FROM scope)
                                      OR p.captured_minor = 0 AND o.status <> 'PENDING_PAYMENT'
                                         AND o.payment_look_at IS NULL)""",  # a look would find it
    K.CAPTURE_TWICE: """
        SELECT p.order_id, p.id::text AS subject, 1 AS expected, m.times AS found, NULL AS currency
        FROM moved m JOIN payments p ON p.id = m.reference
        WHERE m.kind = 'CAPTURE' AND m.times > 1""",
    K.CAPTURE_AMOUNT: """
        SELECT p.order_id, p.id::text AS subject, p.captured_minor AS expected, m.minor AS found, m.currency
        FROM moved m JOIN payments p ON p.id = m.reference
        WHERE m.kind = 'CAPTURE' AND p.captured_minor > 0 AND (m.minor, m.currency) <> (p.captured_minor, p.currency)""",
    K.REFUND_MISSING: """
        SELECT r.order_id, r.id::text AS subject, r.amount_minor AS expected, NULL::bigint AS found, r.currency
        FROM refunds r JOIN payments p ON p.id = r.payment_id
        LEFT JOIN moved m ON m.kind = 'REFUND' AND m.reference = r.id
        JOIN scope ON p.gateway = scope.gateway AND r.settled_at >= scope.since
        WHERE r.status = 'SUCCEEDED' AND r.method = 'ORIGINAL_PAYMENT' AND m.kind IS NULL""",
    K.REFUND_UNKNOWN: """
        SELECT coalesce(r.order_id, p.order_id) AS order_id, m.gateway_reference || coalesce(', for us ' || r.status || ' as ' || r.method, '') AS subject,
               NULL::bigint AS expected, m.minor AS found, m.currency
        FROM moved m LEFT JOIN refunds r ON r.id = m.reference
        LEFT JOIN payments p ON r.id IS NULL AND p.gateway_reference = m.payment
             AND p.gateway = (SELECT gateway FROM scope)
        WHERE m.kind = 'REFUND' AND (r.id IS NULL OR r.method <> 'ORIGINAL_PAYMENT'
                                     OR r.status NOT IN ('PROCESSING', 'PENDING', 'SUCCEEDED'))""",
    K.REFUND_TWICE: """
        SELECT r.order_id, r.id::text AS subject, 1 AS expected, m.times AS found, NULL AS currency
        FROM moved m JOIN refunds r ON r.id = m.reference
        WHERE m.kind = 'REFUND' AND m.times > 1""",
    K.REFUND_AMOUNT: """
        SELECT r.order_id, r.id::text AS subject, r.amount_minor AS expected, m.minor AS found, m.currency
        FROM moved m JOIN refunds r ON r.id = m.reference
        WHERE m.kind = 'REFUND' AND (m.minor, m.currency) <> (r.amount_minor, r.currency)""",
}
# fmt: on

EARLIEST: Final = """
SELECT least(min(p.created_at), min(r.created_at)) FROM scope
JOIN payments p ON p.gateway = scope.gateway
LEFT JOIN refunds r ON r.payment_id = p.id AND r.settled_at >= scope.since
WHERE p.captured_at >= scope.since OR r.id IS NOT NULL"""
"""When the oldest of them began: the gateway acted after that, and maybe long before we recorded it."""
