"""Placing orders through the API."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

import strawberry

from ordergraph.accounts import actions as accounts
from ordergraph.api.context import Context, Info
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import CommonError, UserError, answers
from ordergraph.api.scalars import CurrencyCode, publish, read_money
from ordergraph.checkout import actions
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role, user_id_of
from ordergraph.kernel.refusal import InvalidInput, NotAllowed, NotFound
from ordergraph.kernel.text import EXTERNAL_ID_LIMIT, is_external_id
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.graphql import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import actions as payments
from ordergraph.payments import queries as payment_queries
from ordergraph.payments.process import PaymentDeclined, PaymentDeclineReason, PaymentTooLate

MOST_TOKEN: Final = 255
TOKEN: Final = re.compile(r"[!-~]+")

publish(PaymentDeclineReason)


@strawberry.input(description="One article of the basket. Amounts are in the order's currency.")
class OrderLineInput:
    sku: str = strawberry.field(description="The seller's article number, at most 80 characters.")
    title: str = strawberry.field(description="The article's name, at most 200 characters.")
    quantity: int = strawberry.field(description="How many, at least 1.")
    unit_price: Decimal = strawberry.field(description="The price of one, tax included.")
    discount: Decimal | None = strawberry.field(
        default=None, description="Taken off the whole line."
    )
    tax: Decimal | None = strawberry.field(
        default=None, description="Contained in what the line costs after all discounts."
    )
    excluded_from_withdrawal: WithdrawalExclusion | None = strawberry.field(
        default=None,
        description="Why a consumer may not withdraw from buying it; without, they may.",
    )


@strawberry.input(description="What is bought from whom.")
class OrderPlaceInput:
    seller_external_id: str = strawberry.field(
        description="The seller, as the identity provider names them, letter by letter. A buyer"
        " orders only from who has sold before, and is answered NotFoundError else; an operator or a"
        " service account may name a new one, and so places a seller's first order."
    )
    currency: CurrencyCode = strawberry.field(description="The currency of all amounts.")
    lines: list[OrderLineInput] = strawberry.field(description="Between 1 and 100 articles.")
    shipping: Decimal | None = strawberry.field(default=None, description="What shipping costs.")
    payment_token: str | None = strawberry.field(
        default=None,
        description="What the payment provider gave the app for the buyer's card: with Stripe the id"
        " of a payment method, with the sandbox a test token, or nothing. At most 255 characters.",
    )
    discount: Decimal | None = strawberry.field(
        default=None,
        description="Taken off all lines together, such as a voucher: it is split over them by what"
        " each costs, to the last cent, and frozen as a part of each line's discount.",
    )
    buyer_external_id: str | None = strawberry.field(
        default=None,
        description="For operators and service accounts only, who have to name one: the buyer it is"
        " placed for, as the identity provider names them, letter by letter.",
    )


@strawberry.type(description="Placed, and captured when the gateway answers at once.")
class OrderPlaceSuccess:
    order: Order = strawberry.field(description="The order as it stands now.")


@answers(PaymentDeclined)
@strawberry.type(
    description="The provider refuses to pay. No money moved; the order is kept as EXPIRED, and"
    " another try is another order."
)
class PaymentDeclinedError(UserError):
    reason: PaymentDeclineReason = strawberry.field(description="Why, as far as is known.")


@answers(PaymentTooLate)
@strawberry.type(
    description="So little time is left to pay that the provider might answer too late; it was not"
    " asked for the money. The order is kept, and expires when an earlier try did not pay it."
)
class PaymentTooLateError(UserError):
    payment_due_at: datetime = strawberry.field(description="When the time to pay ends.")


OrderPlaceResult = Annotated[
    OrderPlaceSuccess | PaymentDeclinedError | PaymentTooLateError | CommonError,
    strawberry.union("OrderPlaceResult"),
]


async def _pay(info: Info, placed: OrderPlaceSuccess, repeated: bool) -> None:
    """Ask the gateway for the money. A repeat may find a first try that died before it did, that
    took the money and never heard so, or that is still at it: it looks first, and asks with the
    payment's own key, so the money is taken once. A decline is told again as it was.
    """
    order = placed.order.row
    payment = await payment_queries.of_order(order.id)
    if payment.decline_reason is not None:
        raise PaymentDeclined(payment.decline_reason)
    if order.status is OrderStatus.PENDING_PAYMENT:
        await actions.capture(info.context.desk.cashier, order, payment, repeated=repeated)


@strawberry.type
class CheckoutMutation:
    @mutation(
        description="Place an order, at the prices that it names: a marketplace's service account"
        " (an operator) for its buyer; in the sandbox a buyer, too. Where the gateway moves real"
        " money a buyer is refused: they would name their own price.",
        then=_pay,
    )
    async def order_place(self, info: Info, input: OrderPlaceInput) -> OrderPlaceResult:  # noqa: A002  (GraphQL's word)
        gateway = info.context.desk.cashier.gateway.name
        async with info.context.transaction() as tx:
            role, buyer_id = await _buyer(tx, info.context, input.buyer_external_id)
            seller_id = await _seller(tx, input.seller_external_id, role)
            order = await orders.place(tx, _order(input, buyer_id, seller_id), role)
            await payments.open_payment(tx, order, gateway, _token(input.payment_token))
        return OrderPlaceSuccess(order=Order.of(order))


async def _buyer(tx: Tx, context: Context, named: str | None) -> tuple[Role, UUID]:
    """The asking buyer; or, for an operator, the buyer who is named.

    Whoever places an order names its prices: where money is real, only an operator does.
    """
    identity = context.identity
    assert identity is not None, "a transaction needs a user"
    roles = identity.actor.roles
    if named is not None:
        if Role.OPERATOR not in roles:
            raise NotAllowed(action="PLACE_FOR_ANOTHER", role=Role.BUYER)
        return Role.OPERATOR, await accounts.know(tx, _name(named, "buyerExternalId"), None)
    if Role.BUYER not in roles:
        raise NotAllowed(action="PLACE", role=next(iter(roles), Role.SYSTEM))
    if context.desk.cashier.gateway.real_money and Role.OPERATOR not in roles:
        raise NotAllowed(action="PLACE", role=Role.BUYER)
    return Role.BUYER, await accounts.know(tx, identity.external_id, identity.display_name)


async def _seller(tx: Tx, named: str, role: Role) -> UUID:
    """An operator may name a seller whom we do not know yet; a buyer may not make one up.

    Nor may they take somebody for one who only buys: the order would tell whose name that is.
    """
    name = _name(named, "sellerExternalId")
    if role is Role.OPERATOR:
        return await accounts.know(tx, name, None)
    seller_id = user_id_of(name)
    if not await order_queries.sells(seller_id):
        raise NotFound(what="seller")
    return seller_id


def _name(given: str, field: str) -> str:
    """Somebody as tokens name them: what no token can say is nobody, and would be so for good."""
    if not is_external_id(given):
        problem = f"1 to {EXTERNAL_ID_LIMIT} characters, without white space around them"
        raise InvalidInput(field=field, problem=problem)
    return given


def _token(given: str | None) -> str | None:
    """A token is printable ASCII without spaces; nothing at all is none."""
    if not given:
        return None
    if len(given) > MOST_TOKEN or not TOKEN.fullmatch(given):
        raise InvalidInput(
            field="paymentToken", problem=f"at most {MOST_TOKEN} printable characters"
        )
    return given


def _order(input: OrderPlaceInput, buyer_id: UUID, seller_id: UUID) -> orders.NewOrder:  # noqa: A002  (GraphQL's word)
    currency = input.currency
    return orders.NewOrder(
        buyer_id=buyer_id,
        seller_id=seller_id,
        currency=currency,
        shipping=read_money(input.shipping, currency),
        discount=read_money(input.discount, currency),
        lines=[
            orders.NewLine(
                sku=line.sku,
                title=line.title,
                quantity=line.quantity,
                unit_price=read_money(line.unit_price, currency),
                discount=read_money(line.discount, currency),
                tax=read_money(line.tax, currency),
                excluded=line.excluded_from_withdrawal,
            )
            for line in input.lines
        ],
    )
