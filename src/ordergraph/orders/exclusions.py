"""Why a consumer may not withdraw from the purchase of some goods (Directive 2011/83/EU, article 16)."""

from ordergraph.kernel.words import Words


class WithdrawalExclusion(Words):
    """Why nobody may withdraw from buying this. More values may come."""

    # fmt: off
    SERVICE_PERFORMED = "SERVICE_PERFORMED", "A service, performed in full as the buyer wished (a)."
    PRICE_FLUCTUATES = "PRICE_FLUCTUATES", "Its price follows a financial market (b)."
    CUSTOM_MADE = "CUSTOM_MADE", "Made to the buyer's specification, or clearly personalized (c)."
    PERISHABLE = "PERISHABLE", "It spoils, or expires rapidly (d)."
    SEALED_HYGIENE = "SEALED_HYGIENE", "Sealed for health or hygiene, and not to be returned unsealed (e)."
    MIXED_INSEPARABLY = "MIXED_INSEPARABLY", "After delivery it is mixed with other things for good (f)."
    SEALED_MEDIA = "SEALED_MEDIA", "A sealed recording or software, not to be returned unsealed (i)."
    PERIODICAL = "PERIODICAL", "A newspaper or magazine, but for subscriptions (j)."
    DATED_SERVICE = "DATED_SERVICE", "Lodging, transport, catering or leisure for a certain date (l)."
    DIGITAL = "DIGITAL", "Digital content, supplied at once with the buyer's consent (m)."
    # fmt: on
