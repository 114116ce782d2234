"""Seller's rules in the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.mutations import mutation
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Connection, Key, Slice, page
from ordergraph.api.refusals import CommonError
from ordergraph.api.scalars import CurrencyCode, Money, read_money
from ordergraph.disputes.rules import actions, models, queries
from ordergraph.disputes.rules.process import Rule
from ordergraph.kernel import money

NEWEST: Final = Key(("version",), newest_first=True)


@strawberry.type(description="What a seller answers by rule, in one currency.")
class SellerRule:
    currency: CurrencyCode = strawberry.field(description="For disputes in this currency alone.")
    accept_up_to: Money | None = strawberry.field(
        description="So much or less is granted at once, and the goods stay; null: nothing is."
    )
    offer_to_keep: bool = strawberry.field(
        description="Whether, when sending back is estimated to cost more than is asked for, all of"
        " it is offered for goods that stay."
    )

    @classmethod
    def of(cls, rule: Rule) -> Self:
        most = rule.accept_up_to_minor
        return cls(
            currency=CurrencyCode(rule.currency),
            accept_up_to=None if most is None else Money.of(money.Money(most, rule.currency)),
            offer_to_keep=rule.offer_to_keep,
        )


@strawberry.type(
    description="A seller's rules: they answer when a dispute opens. Only the seller and operators"
    " see them."
)
class SellerRules(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_seller_rules"
    listed_by: ClassVar[Key] = NEWEST

    id: relay.NodeID[UUID]
    version: int = strawberry.field(description="It counts up; what was made by rule names it.")
    published_at: datetime = strawberry.field(description="Since when disputes open under them.")
    rules: list[SellerRule] = strawberry.field(description="One for each currency that has one.")
    row: strawberry.Private[models.SellerRules]

    @classmethod
    def of(cls, row: models.SellerRules) -> Self:
        return cls(
            id=row.id,
            version=row.version,
            published_at=row.published_at,
            rules=[SellerRule.of(rule) for rule in row.each],
            row=row,
        )


@strawberry.type
class SellerRulesViewer:
    @strawberry.field(description="As seller: your rules in force; null when you never had any.")
    async def seller_rules(self, info: Info) -> SellerRules | None:
        row = await queries.newest(info.context.require_user())
        return SellerRules.of(row) if row else None

    @strawberry.field(description="As seller: all rules that you ever published, newest first.")
    async def seller_rules_history(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[SellerRules]:
        own = info.context.require_user()
        rows = queries.visible_to(info.context.actor).filter(seller_id=own)
        return await page(rows, NEWEST, Slice(first, after), SellerRules.of)


@strawberry.input(description="What to answer by rule, in one currency.")
class SellerRuleInput:
    currency: CurrencyCode = strawberry.field(description="For disputes in this currency alone.")
    accept_up_to: Decimal | None = strawberry.field(
        default=None,
        description="Grant so much or less at once, and let the goods stay; null: grant nothing.",
    )
    offer_to_keep: bool = strawberry.field(
        default=False,
        description="When sending back is estimated to cost more than is asked for, offer all of it"
        " for goods that stay.",
    )

    def read(self) -> Rule:
        most = self.accept_up_to
        return Rule(
            currency=self.currency,
            accept_up_to_minor=None if most is None else read_money(most, self.currency).minor,
            offer_to_keep=self.offer_to_keep,
        )


@strawberry.input(description="All rules that are to hold; what is not here holds no longer.")
class SellerRulesPublishInput:
    rules: list[SellerRuleInput] = strawberry.field(
        description="One for each currency; an empty list switches them all off."
    )


@strawberry.type(description="Published: disputes that open from now on are answered by them.")
class SellerRulesPublishSuccess:
    seller_rules: SellerRules = strawberry.field(description="The rules in force.")


SellerRulesPublishResult = Annotated[
    SellerRulesPublishSuccess | CommonError, strawberry.union("SellerRulesPublishResult")
]


@strawberry.type
class SellerRulesMutation:
    @mutation(description="As seller: say what is answered at once when a dispute opens.")
    async def seller_rules_publish(
        self,
        info: Info,
        input: SellerRulesPublishInput,  # noqa: A002  (GraphQL's word)
    ) -> SellerRulesPublishResult:
        rules = [rule.read() for rule in input.rules]
        async with info.context.transaction() as tx:
            row = await actions.publish(tx, rules)
        return SellerRulesPublishSuccess(seller_rules=SellerRules.of(row))
