"""The books in the API, for operators."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import CurrencyCode, Money, publish
from ordergraph.books import process, queries
from ordergraph.books.models import Reconciliation
from ordergraph.kernel import money
from ordergraph.orders.graphql import Order
from ordergraph.payments.ledger.process import Account

publish(Account, "LedgerAccount")
publish(process.DifferenceKind, "LedgerDifferenceKind")


@strawberry.type(description="What one account comes to, over all orders.")
class LedgerBalance:
    account: Account = strawberry.field(description="Which account.")
    balance: Money = strawberry.field(
        description="Debits less credits: what is owed, promised or given away is negative."
    )


@strawberry.type(description="The whole ledger in one currency.")
class LedgerTotals:
    currency_code: CurrencyCode = strawberry.field(description="The currency.")
    balanced: bool = strawberry.field(description="Whether all accounts sum to zero.")
    escrow: Money = strawberry.field(
        description="What is held: paid, or borne by the marketplace, and neither given back nor paid out."
    )
    balances: list[LedgerBalance] = strawberry.field(description="Each account that was ever used.")

    @classmethod
    def of(cls, totals: queries.Totals) -> Self:
        def shown(minor: int) -> Money:
            return Money.of(money.Money(minor, totals.currency))

        return cls(
            currency_code=CurrencyCode(totals.currency),
            balanced=totals.balanced,
            escrow=shown(totals.escrow_minor),
            balances=[
                LedgerBalance(account=account, balance=shown(totals.balances[account]))
                for account in Account
                if account in totals.balances
            ],
        )


@strawberry.type(description="Something about the books that does not agree.")
class LedgerDifference:
    kind: process.DifferenceKind = strawberry.field(description="What disagrees with what.")
    order_number: str | None = strawberry.field(
        description="Whose it is; null for what belongs to no order of ours."
    )
    subject: str = strawberry.field(description="Which column, posting, payment or refund of it.")
    expected: str = strawberry.field(description="What should be there.")
    found: str = strawberry.field(description="What is there.")
    order_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, found: process.Difference) -> Self:
        return cls(
            kind=found.kind,
            order_number=found.order,
            subject=found.subject,
            expected=found.expected,
            found=found.found,
            order_id=UUID(found.order_id) if found.order_id else None,
        )

    @loaded(description="The order itself.")
    async def order(self, info: Info) -> Order | None:
        return await info.context.load.visible_order.load(self.order_id) if self.order_id else None


@strawberry.type(description="One look at all the books.")
class LedgerReconciliation:
    at: datetime = strawberry.field(description="When it ended.")
    since: datetime | None = strawberry.field(
        description="It looked at what moved since then; null: at everything."
    )
    order_count: int = strawberry.field(description="At how many orders it looked.")
    difference_count: int = strawberry.field(description="How much did not agree.")
    differences: list[LedgerDifference] = strawberry.field(
        description="What did not agree: the first hundred."
    )

    @classmethod
    def of(cls, row: Reconciliation) -> Self:
        return cls(
            at=row.at,
            since=row.since,
            order_count=row.orders,
            difference_count=row.differences,
            differences=[
                LedgerDifference.of(process.Difference.from_json(said)) for said in row.found
            ],
        )


@strawberry.type(description="Whether every cent is explained.")
class LedgerHealth:
    balanced: bool = strawberry.field(
        description="Whether every currency sums to zero, and the last reconciliation found nothing."
    )
    totals: list[LedgerTotals] = strawberry.field(description="The ledger as it is now.")
    refunds_overdue: int = strawberry.field(
        description="How many refunds were not sent by the promised date."
    )
    oldest_refund_due_at: datetime | None = strawberry.field(
        description="The date that was promised for the oldest of them."
    )
    last_reconciliation: LedgerReconciliation | None = strawberry.field(
        description="The last look at the books that came to its end; null: there was none yet."
    )


@strawberry.type
class BooksQuery:
    @strawberry.field(description="Whether every cent is explained. For operators.")
    async def ledger_health(self, info: Info) -> LedgerHealth:
        info.context.require_operator()
        totals = await queries.totals()
        late = await queries.overdue(await info.context.now())
        last = await queries.last_ended()
        return LedgerHealth(
            balanced=all(each.balanced for each in totals) and (last is None or last.clean),
            totals=[LedgerTotals.of(each) for each in totals],
            refunds_overdue=late.count,
            oldest_refund_due_at=late.oldest,
            last_reconciliation=LedgerReconciliation.of(last) if last else None,
        )
