"""The words of accounts: as what somebody trades."""

from ordergraph.kernel.words import Words


class TradingSide(Words):
    """As what somebody trades. More values may come."""

    SELLER = "SELLER", "As one who sells."
    BUYER = "BUYER", "As one who buys."
