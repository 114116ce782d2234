"""ISO 4217: the currencies that people pay in, and how many decimals each has."""

from typing import Final

# fmt: off
EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys((
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
        "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
        "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
        "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ).split(), 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
# fmt: on
STEPS: Final[dict[str, int]] = {
    # how many minor units money moves in; one where nothing is said
    **dict.fromkeys((code for code, decimals in EXPONENTS.items() if decimals == 3), 10),
    **dict.fromkeys((code for code, decimals in EXPONENTS.items() if decimals == 4), 100),
    "MGA": 100,  # the ariary has no hundredths
}


def step_of(currency: str) -> int:
    """In multiples of how many minor units cards and banks move this currency.

    They know two decimals: 3.334 KWD cannot be paid, 3.330 can (docs.stripe.com/currencies,
    "Three-decimal currencies"). What we split ourselves is split so, whoever the provider is.
    """
    return STEPS.get(currency, 1)
