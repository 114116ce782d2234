"""The payment gateway, refunds and the books."""

from pydantic import BaseModel, Field, SecretStr

from ordergraph.settings.kinds import (
    AmountsByCurrency,
    Delay,
    PerSecond,
    Seconds,
    Span,
    SpanList,
)


class MoneySettings(BaseModel):
    gateway: str = Field("sandbox", description="Which payment gateway moves the money.")
    gateway_options: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="What the gateway wants to know, by names of its own, such as an API key:"
        " see docs/gateways.md.",
    )
    sandbox_delay_s: Delay = Field(
        0.0, description="How long the sandbox gateway, its work done, waits with its answer."
    )
    refund_lease_s: Seconds = Field(
        30, description="After how long the half-done refund of a lost worker is taken up again."
    )
    refund_back_off_s: SpanList = Field(
        "60,300,1800,7200,21600,86400",
        description="How long a refund rests after the first, second, … attempt in a row that told"
        " nothing, in seconds; the last one repeats.",
    )
    gateway_timeout_s: Seconds = Field(
        10,
        description="How long a call of the gateway may take before its outcome is unknown. With less"
        " time left to pay an order, and less than half of what it had, no payment is begun.",
    )
    gateway_rate_per_s: PerSecond = Field(
        0.0,
        description="How often a worker asks the gateway in a second at most; 0: no limit.",
    )
    reconcile_interval_s: Span = Field(
        3600, description="How often the workers compare all books, in seconds."
    )
    reconcile_span_s: Span = Field(
        3_024_000,
        description="How far back they look: at orders to which something happened since, in seconds.",
    )
    second_operator_over: AmountsByCurrency = Field(
        "",
        description="Above which amount a decision over a dispute needs a second operator, by currency:"
        " `EUR=500.00,USD=500.00`. A currency that is absent has no limit.",
    )
