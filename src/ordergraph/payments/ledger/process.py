"""What a movement of money enters in the books. Read this file first."""

from ordergraph.kernel.words import Words


class Destination(Words):
    """Where money goes that is given back: the names are those of a refund's method."""

    ORIGINAL_PAYMENT = "ORIGINAL_PAYMENT", "To where it was paid from, through the provider."
    STORE_CREDIT = "STORE_CREDIT", "To the buyer's credit with the marketplace."
    MANUAL = "MANUAL", "By hand, outside the provider."
