from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.cancellations.process import CancellationStatus
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStage,
    DisputeStatus,
    ResolutionAsked,
)
from ordergraph.infra.migration import LeanMigration
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import Fault, ReasonContext
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import AttemptOutcome
from ordergraph.refunds.process import RefundCause, RefundFailureReason, RefundMethod, RefundStatus


class Migration(LeanMigration):
    initial = True

    operations = [
        ops.CreateModel(
            name="EventRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("order_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("type", fields.CharField(max_length=64)),
                ("actor_role", fields.CharField(max_length=16)),
                ("actor_id", fields.UUIDField(null=True)),
                ("request_id", fields.CharField(max_length=64)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("data", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "events",
                "app": "models",
                "unique_together": (("order_id", "position"),),
                "pk_attr": "id",
                "table_description": "One line of an order's timeline: numbered without gaps, chained by hash, never changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("user_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("side", fields.CharEnumField(description="Role", enum_type=Role, max_length=32)),
                ("event_id", fields.UUIDField()),
                ("type", fields.CharField(max_length=64)),
                (
                    "actor_role",
                    fields.CharEnumField(description="Role", enum_type=Role, max_length=32),
                ),
                ("order_id", fields.UUIDField()),
                ("order_number", fields.CharField(max_length=16)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notifications",
                "app": "models",
                "unique_together": (("event_id", "user_id"), ("user_id", "position")),
                "pk_attr": "id",
                "table_description": "Made from an event, at most once for each person; the sentence is made when it is read.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("event_id", fields.UUIDField()),
            ],
            options={
                "table": "outbox",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An event that has not been told yet; deleted when it has.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("version", fields.IntField(unique=True)),
                ("numbers", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "policies",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A published set of numbers; the newest one is frozen into each new order.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reason",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "context",
                    fields.CharEnumField(
                        description="ReasonContext", enum_type=ReasonContext, max_length=32
                    ),
                ),
                ("handle", fields.CharField(max_length=40)),
                ("labels", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("picked_by", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                (
                    "fault",
                    fields.CharEnumField(description="Fault", enum_type=Fault, max_length=32),
                ),
                ("position", fields.SmallIntField()),
                ("retired", fields.BooleanField(default=False)),
            ],
            options={
                "table": "reasons",
                "app": "models",
                "unique_together": (("context", "handle"),),
                "pk_attr": "id",
                "table_description": "Why people cancel or complain: rows, so that a marketplace can add its own.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SandboxEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("kind", fields.CharField(max_length=8)),
                ("idempotency_key", fields.CharField(unique=True, max_length=120)),
                ("reference", fields.UUIDField(db_index=True)),
                ("payment_reference", fields.UUIDField(db_index=True)),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sandbox_journal",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One line of the sandbox gateway's own journal: it is the bank's book, not ours.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("external_id", fields.CharField(unique=True, max_length=255)),
                ("display_name", fields.CharField(max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "users",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A buyer, seller or operator; the identity provider knows more about them than we do.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                ("number", fields.CharField(unique=True, max_length=16)),
                (
                    "buyer",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="buyer_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "seller",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="seller_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="OrderStatus", enum_type=OrderStatus, max_length=32
                    ),
                ),
                ("version", fields.IntField()),
                ("currency", fields.CharField(max_length=3)),
                ("total_minor", fields.BigIntField()),
                ("shipping_minor", fields.BigIntField()),
                ("policy_version", fields.IntField()),
                ("policy_numbers", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("placed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("paid_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("payment_due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "cancelable_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "window_closed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("ship_by_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "promised_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("shipped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("carrier", fields.CharField(null=True, max_length=60)),
                ("tracking_number", fields.CharField(null=True, max_length=80)),
                (
                    "presumed_delivered_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "delivered_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("delivered_by", fields.CharField(null=True, max_length=16)),
                (
                    "protection_ends_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "disputed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "completed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "canceled_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("expired_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "orders",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One purchase from one seller, in one currency. Amounts are minor units.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Cancellation",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="CancellationStatus",
                        enum_type=CancellationStatus,
                        max_length=32,
                    ),
                ),
                ("version", fields.IntField()),
                ("whole", fields.BooleanField()),
                (
                    "reason",
                    fields.ForeignKeyField(
                        "models.Reason",
                        source_field="reason_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("note", fields.TextField(unique=False)),
                ("requested_by", fields.CharField(max_length=16)),
                ("requested_by_id", fields.UUIDField(null=True)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "response_due_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "cancellations",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One decision to cancel. `whole` says that it ended the order.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="DisputeStatus", enum_type=DisputeStatus, max_length=32
                    ),
                ),
                (
                    "stage",
                    fields.CharEnumField(
                        description="DisputeStage", enum_type=DisputeStage, max_length=32
                    ),
                ),
                ("version", fields.IntField()),
                (
                    "reason",
                    fields.ForeignKeyField(
                        "models.Reason",
                        source_field="reason_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("description", fields.TextField(unique=False)),
                (
                    "asked",
                    fields.CharEnumField(
                        description="ResolutionAsked", enum_type=ResolutionAsked, max_length=32
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("requested_minor", fields.BigIntField()),
                ("approved_minor", fields.BigIntField(null=True)),
                (
                    "outcome",
                    fields.CharEnumField(
                        null=True,
                        description="DisputeOutcome",
                        enum_type=DisputeOutcome,
                        max_length=32,
                    ),
                ),
                (
                    "decided_by",
                    fields.CharEnumField(
                        null=True, description="DecidedBy", enum_type=DecidedBy, max_length=32
                    ),
                ),
                ("decision_note", fields.TextField(null=True, unique=False)),
                ("message_count", fields.IntField(default=0)),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "seller_response_due_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "buyer_response_due_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "negotiation_ends_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "return_ship_by_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "return_acknowledge_by_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "decision_due_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "return_shipped_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("return_carrier", fields.CharField(null=True, max_length=60)),
                ("return_tracking_number", fields.CharField(null=True, max_length=80)),
            ],
            options={
                "table": "disputes",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A disagreement over a delivered (or overdue) order. Amounts are minor units.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "dispute",
                    fields.ForeignKeyField(
                        "models.Dispute",
                        source_field="dispute_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                ("author_id", fields.UUIDField(null=True)),
                ("author_role", fields.CharField(max_length=16)),
                ("body", fields.TextField(unique=False)),
                ("sent_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "messages",
                "app": "models",
                "unique_together": (("dispute", "position"),),
                "pk_attr": "id",
                "table_description": "One message of a thread: stored once, in order, never changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.SmallIntField()),
                ("sku", fields.CharField(max_length=80)),
                ("title", fields.CharField(max_length=200)),
                ("quantity", fields.IntField()),
                ("unit_price_minor", fields.BigIntField()),
                ("discount_minor", fields.BigIntField()),
                ("tax_minor", fields.BigIntField()),
                ("paid_minor", fields.BigIntField()),
                ("canceled_quantity", fields.IntField(default=0)),
                ("returned_quantity", fields.IntField(default=0)),
                ("refunded_minor", fields.BigIntField(default=0)),
            ],
            options={
                "table": "order_lines",
                "app": "models",
                "unique_together": (("order", "position"),),
                "pk_attr": "id",
                "table_description": "What was bought, and how much of it was undone since. `paid_minor` is frozen at placement.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CancellationLine",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "cancellation",
                    fields.ForeignKeyField(
                        "models.Cancellation",
                        source_field="cancellation_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
            ],
            options={
                "table": "cancellation_lines",
                "app": "models",
                "unique_together": (("cancellation", "order_line"),),
                "pk_attr": "id",
                "table_description": "How many of one line a cancellation took out.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("gateway", fields.CharField(max_length=40)),
                ("gateway_reference", fields.CharField(null=True, max_length=120)),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("captured_minor", fields.BigIntField(default=0)),
                ("refund_reserved_minor", fields.BigIntField(default=0)),
                ("refunded_minor", fields.BigIntField(default=0)),
                (
                    "captured_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payments",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Its id is our reference at the gateway. Amounts are minor units.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReadMark",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "dispute",
                    fields.ForeignKeyField(
                        "models.Dispute",
                        source_field="dispute_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("user_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("read_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "read_marks",
                "app": "models",
                "unique_together": (("dispute", "user_id", "position"),),
                "pk_attr": "id",
                "table_description": "That somebody had read a thread up to a position, and when: positions cannot drift.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "models.Payment",
                        source_field="payment_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="RefundStatus", enum_type=RefundStatus, max_length=32
                    ),
                ),
                ("version", fields.IntField()),
                (
                    "cause",
                    fields.CharEnumField(
                        description="RefundCause", enum_type=RefundCause, max_length=32
                    ),
                ),
                ("cause_id", fields.UUIDField()),
                (
                    "method",
                    fields.CharEnumField(
                        description="RefundMethod", enum_type=RefundMethod, max_length=32
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("shipping_minor", fields.BigIntField()),
                ("adjustment_minor", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "released_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("hold_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "action_due_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "next_attempt_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("claim", fields.UUIDField(null=True)),
                ("attempts", fields.IntField(default=0)),
                ("declines", fields.IntField(default=0)),
                ("outcome_unknown", fields.BooleanField(default=False)),
                (
                    "failure_reason",
                    fields.CharEnumField(
                        null=True,
                        description="RefundFailureReason",
                        enum_type=RefundFailureReason,
                        max_length=32,
                    ),
                ),
                ("gateway_reference", fields.CharField(null=True, max_length=120)),
                ("bank_reference", fields.CharField(null=True, max_length=120)),
            ],
            options={
                "table": "refunds",
                "app": "models",
                "unique_together": (("cause", "cause_id"),),
                "pk_attr": "id",
                "table_description": "Money promised back to a buyer: lines + shipping + adjustment = amount, in minor units.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefundAttempt",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "refund",
                    fields.ForeignKeyField(
                        "models.Refund",
                        source_field="refund_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("idempotency_key", fields.CharField(max_length=120)),
                (
                    "outcome",
                    fields.CharEnumField(
                        description="AttemptOutcome", enum_type=AttemptOutcome, max_length=32
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("problem", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "refund_attempts",
                "app": "models",
                "unique_together": (("refund", "number"),),
                "pk_attr": "id",
                "table_description": "One try: committed before the gateway is called, so that a crash leaves a trace.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefundLine",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "refund",
                    fields.ForeignKeyField(
                        "models.Refund",
                        source_field="refund_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "order_line",
                    fields.ForeignKeyField(
                        "models.OrderLine",
                        source_field="order_line_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("quantity", fields.IntField()),
                ("amount_minor", fields.BigIntField()),
            ],
            options={
                "table": "refund_lines",
                "app": "models",
                "unique_together": (("refund", "order_line"),),
                "pk_attr": "id",
                "table_description": "The part of a refund that belongs to one order line.",
            },
            bases=["Model"],
        ),
    ]
