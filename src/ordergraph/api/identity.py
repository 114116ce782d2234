"""Who is asking, by the names that every transport uses."""

from ordergraph.identity.claims import NOBODY, BadToken, Identity
from ordergraph.identity.tokens import Tokens

__all__ = ["NOBODY", "BadToken", "Identity", "Tokens"]
