"""Disputes, as they are followed."""

from typing import Final

from ordergraph.api.live import Live
from ordergraph.disputes import queries
from ordergraph.disputes.graphql import Dispute

LIVE: Final = Live("Dispute", "dispute", queries.seen, Dispute.of)
