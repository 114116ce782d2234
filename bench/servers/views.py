"""What PostGraphile is given: views whose columns are the API's values, in a schema of their own.

It makes its schema out of tables, so ids, amounts and moments as we write them have to be columns.
Smart tags in the comments name keys and relations, which views do not have.
"""

from typing import Final

from bench.servers.sql import CAN_CANCEL, amount, global_id, moment


def _money(minor: str, currency: str, name: str) -> str:
    return f"ROW({amount(minor, currency)}, {currency})::peer.money AS {name}"


def _belongs(column: str, to: str, way_back: str) -> str:
    """A smart tag: the foreign key, and the field on the other side that lists these rows."""
    return (
        f"@primaryKey id\\n@foreignKey ({column}) references peer.{to} (id)"
        f"|@foreignSimpleFieldName {way_back}|@foreignFieldName {way_back}Connection"
    )


VIEWS: Final = f"""
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TYPE peer.money AS (amount text, currency_code text);

CREATE VIEW peer.purchases AS
    SELECT id, buyer_id, {global_id("Order", "id")} AS global_id, number, status,
    {_money("total_minor", "currency", "total")}, placed_at AS placed,
    {moment("placed_at")} AS placed_at, {moment("delivered_at")} AS delivered_at,
    {moment("cancelable_until")} AS cancelable_until, {CAN_CANCEL} AS can_cancel
    FROM orders o;
COMMENT ON VIEW peer.purchases IS E'@primaryKey id';

CREATE VIEW peer.order_lines AS
    SELECT l.id, l.order_id, l.position, {global_id("OrderLine", "l.id")} AS global_id,
    l.title, l.quantity, {_money("l.unit_price_minor", "o.currency", "unit_price")}
    FROM order_lines l JOIN orders o ON o.id = l.order_id;
COMMENT ON VIEW peer.order_lines IS E'{_belongs("order_id", "purchases", "lines")}';

CREATE VIEW peer.refunds AS
    SELECT id, order_id, created_at AS created, {global_id("Refund", "id")} AS global_id,
    status, {_money("amount_minor", "currency", "amount")}, {moment("due_at")} AS due_at
    FROM refunds;
COMMENT ON VIEW peer.refunds IS E'{_belongs("order_id", "purchases", "refunds")}';

CREATE VIEW peer.disputes AS
    SELECT id, order_id, opened_at AS opened, {global_id("Dispute", "id")} AS global_id,
    status, stage, description, {_money("requested_minor", "currency", "amount_requested")},
    {moment("opened_at")} AS opened_at
    FROM disputes;
COMMENT ON VIEW peer.disputes IS E'{_belongs("order_id", "purchases", "disputes")}';

CREATE VIEW peer.messages AS
    SELECT id, dispute_id, position, {global_id("Message", "id")} AS global_id,
    kind, author_role, body, {moment("sent_at")} AS sent_at
    FROM messages;
COMMENT ON VIEW peer.messages IS E'{_belongs("dispute_id", "disputes", "messages")}';
"""
