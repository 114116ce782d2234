"""Cancel windows that are open stand in a small table of their own: ending one changes no order.

An order's row has a dozen indexes, and whatever changes in it is written into each of them.
"""

from typing import Final

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

INDEXES: Final = {
    "open_windows_closing": "INDEX {name} ON open_windows (closes_at)",
}
DROPPED: Final = {
    "orders_window_open": "INDEX {name} ON orders (cancelable_until) WHERE status = 'PROCESSING' AND window_closed_at IS NULL",
}

# Whoever pays an order opens its window, and nobody needs it once the order is shipped or canceled:
# a version that does not know the table may have done it.
OPENED: Final = (
    """
CREATE FUNCTION ordergraph_open_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_windows (order_id, closes_at) VALUES (NEW.id, NEW.cancelable_until)
    ON CONFLICT (order_id) DO UPDATE SET closes_at = excluded.closes_at;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_window_opens AFTER UPDATE OF cancelable_until ON orders FOR EACH ROW
WHEN (NEW.cancelable_until IS NOT NULL AND NEW.cancelable_until IS DISTINCT FROM OLD.cancelable_until)
EXECUTE FUNCTION ordergraph_open_window()""",
    "DROP TRIGGER orders_window_opens ON orders; DROP FUNCTION ordergraph_open_window()",
)

LEFT: Final = (
    """
CREATE FUNCTION ordergraph_window_is_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM open_windows WHERE order_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_window_is_gone AFTER UPDATE OF status ON orders FOR EACH ROW
WHEN (OLD.status = 'PROCESSING' AND NEW.status <> 'PROCESSING')
EXECUTE FUNCTION ordergraph_window_is_gone()""",
    "DROP TRIGGER orders_window_is_gone ON orders; DROP FUNCTION ordergraph_window_is_gone()",
)

# A worker of the version before ends a window only once, and none that one of ours has ended.
ENDED_BY_OLD_WORKERS: Final = (
    """
CREATE FUNCTION ordergraph_window_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM open_windows WHERE order_id = NEW.id;
    RETURN CASE WHEN FOUND THEN NEW END;
END $$;
CREATE TRIGGER orders_window_ends BEFORE UPDATE OF window_closed_at ON orders FOR EACH ROW
WHEN (NEW.status = 'PROCESSING' AND OLD.window_closed_at IS NULL AND NEW.window_closed_at IS NOT NULL)
EXECUTE FUNCTION ordergraph_window_ends()""",
    "DROP TRIGGER orders_window_ends ON orders; DROP FUNCTION ordergraph_window_ends()",
)

STILL_OPEN: Final = (
    """
INSERT INTO open_windows (order_id, closes_at) SELECT id, cancelable_until FROM orders
WHERE status = 'PROCESSING' AND window_closed_at IS NULL AND cancelable_until IS NOT NULL
ON CONFLICT (order_id) DO NOTHING""",
    """
UPDATE orders SET window_closed_at = cancelable_until
WHERE status = 'PROCESSING' AND window_closed_at IS NULL AND id NOT IN (SELECT order_id FROM open_windows)""",
)


class Migration(LeanMigration):
    dependencies = [("models", "0023_ended_unpaid")]
    operations = [
        ops.CreateModel(
            name="OpenWindow",
            fields=[
                ("order_id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("closes_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "open_windows",
                "app": "models",
                "pk_attr": "order_id",
                "table_description": "An order that waits to be shipped, and of which nobody has said yet that its cancel window is over.",
            },
            bases=["Model"],
        ),
        guards.indexes(INDEXES),
        guards.together([OPENED, LEFT, STILL_OPEN, ENDED_BY_OLD_WORKERS]),
        guards.dropped(DROPPED),
    ]
