"""How large a document may be, and how long an operation may take."""

from pathlib import Path

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import Count, CountOrNone, Moments


class ProtectionSettings(BaseModel):
    limit_tokens: Count = Field(2_000, description="How many tokens a document may have.")
    limit_depth: int = Field(
        12, gt=0, le=50, description="How deep its fields may nest, fragments expanded."
    )
    limit_aliases: CountOrNone = Field(30, description="How many aliases it may have.")
    limit_root_fields: Count = Field(
        20, description="How many fields of Query, Mutation or Subscription it may have."
    )
    limit_directives: CountOrNone = Field(20, description="How many directives it may have.")
    limit_nodes: Count = Field(
        5_000,
        description="How many items its pages may ask for; sizes of pages in pages multiply.",
    )
    limit_fields: Count = Field(
        50_000, description="How many fields it may ask for when all its pages are full."
    )
    rate_operations: CountOrNone = Field(
        6_000,
        description="How many operations a person has in a minute; each field of a mutation is one, and"
        " so is each thousand fields that are answered. 0: no limit; so for all rates.",
    )
    rate_operations_by_address: CountOrNone = Field(
        60_000,
        description="How many operations come from one address in a minute; of IPv6, from one /64 network.",
    )
    rate_deliveries: CountOrNone = Field(
        100,
        description="How much a person is told over sockets and streams in a second, by each process: a"
        " thousand fields of answers are one, and no answer is less than a tenth. What is more comes"
        " later, as the newest state.",
    )
    rate_messages: CountOrNone = Field(120, description="How many messages one sends in a minute.")
    rate_disputes: CountOrNone = Field(
        600, description="How many disputes, appeals and withdrawals one begins in an hour."
    )
    rate_orders: CountOrNone = Field(6_000, description="How many orders one places in an hour.")
    rate_bad_tokens: CountOrNone = Field(
        120, description="How many bad tokens come from one address, or /64, in a minute."
    )
    trusted_documents: Path | None = Field(
        None,
        description="A manifest of the documents that run (`apollo-persisted-query-manifest`);"
        " no others do, and GraphiQL is off. Unset: all do.",
    )
    operation_timeout_s: Moments = Field(
        10.0, le=600, description="How long a query or mutation may take, in seconds."
    )
