"""What people are still to be reminded of stands in a small table of its own, as open windows do.

An order's row has a dozen indexes; and whatever moves on ends the wait by that alone.
"""

from typing import Final, NamedTuple

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration
from ordergraph.kernel.deadline import DeadlineKind

INDEXES: Final = {
    "reminders_due": "INDEX {name} ON reminders (remind_at)",
}


class Wait(NamedTuple):
    """Rows of a table that wait for somebody in one state, until the moment in a column."""

    table: str
    kind: str
    begins: str
    """Which change of a row makes it wait."""
    status: str
    order: str
    since: str
    due: str


FIRST: Final = 0.5
"""The first of kernel/deadline.py's REMINDED_AFTER, when this was written."""

# fmt: off
REFUND_SINCE: Final = """row.action_due_at - make_interval(secs => coalesce((
        SELECT (o.policy_numbers->>'refund_action_s')::float8 FROM orders AS o WHERE o.id = row.order_id), 1209600))"""
"""A row does not tell when it was declined, but the order's policy how long it waits since then."""
WAITS: Final = (
    #    table            what runs out                  begins by             while it is        of which order   since                                    until
    Wait("orders",        "SHIP_BY",                     "UPDATE OF ship_by_at",    "PROCESSING",      "id",       "coalesce(row.paid_at, row.placed_at)",  "ship_by_at"),
    Wait("refunds",       "REFUND_ACTION_DUE",           "UPDATE OF action_due_at", "REQUIRES_ACTION", "order_id", REFUND_SINCE,                            "action_due_at"),
    Wait("cancellations", "CANCELLATION_RESPONSE_DUE",   "INSERT",                  "REQUESTED",       "order_id", "row.requested_at",                      "response_due_at"),
    Wait("appeals",       "APPEAL_DECISION_DUE",         "INSERT",                  "UNDER_REVIEW",    "order_id", "row.made_at",                           "decision_due_at"),
)
# fmt: on

# Moments are counted in seconds: days of an interval are as long as the session's time zone has them.
NOTE: Final = """
INSERT INTO reminders (id, order_id, kind, since, due_at, remind_at)
SELECT row.id, row.{order}, '{kind}', began.at, row.{due}, began.at + make_interval(secs => extract(epoch FROM row.{due} - began.at)::float8 * {first})
FROM {rows} AS row, LATERAL (SELECT {since} AS at) AS began
WHERE row.status = '{status}' AND row.{due} IS NOT NULL
ON CONFLICT (id) DO UPDATE SET since = excluded.since, due_at = excluded.due_at, remind_at = excluded.remind_at"""

BEGINS: Final = """
CREATE FUNCTION ordergraph_remind_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{note};
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_wait_begins AFTER {begins} ON {table} FOR EACH ROW
WHEN (NEW.{due} IS NOT NULL{changed}) EXECUTE FUNCTION ordergraph_remind_{table}()"""

FORGET: Final = (
    """
CREATE FUNCTION ordergraph_forget_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM reminders WHERE id = NEW.id;
    RETURN NULL;
END $$""",
    "DROP FUNCTION ordergraph_forget_reminder()",
)

ENDS: Final = """
CREATE TRIGGER {table}_wait_ends AFTER UPDATE OF status ON {table} FOR EACH ROW
WHEN (OLD.status = '{status}' AND NEW.status <> '{status}') EXECUTE FUNCTION ordergraph_forget_reminder()"""


def _note(wait: Wait, rows: str) -> str:
    return NOTE.format(rows=rows, first=FIRST, **wait._asdict())


def _steps(wait: Wait) -> list[guards.Step]:
    """Its triggers, and what waits already. Whoever began or ended it may not know the table."""
    table, changed = wait.table, ""
    if wait.begins != "INSERT":
        changed = f" AND NEW.{wait.due} IS DISTINCT FROM OLD.{wait.due}"
    note = _note(wait, "(SELECT NEW.*)")
    begins = BEGINS.format(note=note, changed=changed, **wait._asdict())
    return [
        (
            begins,
            f"DROP TRIGGER {table}_wait_begins ON {table}; DROP FUNCTION ordergraph_remind_{table}()",
        ),
        (ENDS.format(**wait._asdict()), f"DROP TRIGGER {table}_wait_ends ON {table}"),
        (_note(wait, table), f"DELETE FROM reminders WHERE kind = '{wait.kind}'"),  # noqa: S608  (words of our own)
    ]


class Migration(LeanMigration):
    dependencies = [("models", "0025_dispute_parties")]
    operations = [
        ops.CreateModel(
            name="Reminder",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("order_id", fields.UUIDField()),
                (
                    "kind",
                    fields.CharEnumField(
                        description="DeadlineKind", enum_type=DeadlineKind, max_length=32
                    ),
                ),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("remind_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "reminders",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Something that waits for somebody, and of which they are still to be reminded.",
            },
            bases=["Model"],
        ),
        guards.indexes(INDEXES),
        guards.together([FORGET, *(step for wait in WAITS for step in _steps(wait))]),
    ]
