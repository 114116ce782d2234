"""The viewer: each domain's part of what is yours, put together."""

import strawberry

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.disputes.doors import OwnDisputesViewer
from ordergraph.disputes.opening import DisputeViewer
from ordergraph.disputes.return_types import ReturnViewer
from ordergraph.disputes.rules.graphql import SellerRulesViewer
from ordergraph.notifications.graphql import NotificationViewer
from ordergraph.orders.graphql import OrderViewer
from ordergraph.payments.graphql import PaymentViewer


@strawberry.type(description="You, and what is yours.")
class Viewer(
    OrderViewer,
    PaymentViewer,
    OwnDisputesViewer,
    DisputeViewer,
    ReturnViewer,
    SellerRulesViewer,
    NotificationViewer,
):
    user: User = strawberry.field(description="You.")


@strawberry.type
class ViewerQuery:
    @strawberry.field(description="You: the user whom the token names.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer(user=User.viewing(info.context))
