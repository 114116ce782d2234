"""Limits on amounts, one for each currency, as people write them: EUR=500.00,USD=500.00."""

from ordergraph.kernel.money import Money


def read_limits(text: str) -> dict[str, Money]:
    """Read them by currency; nothing at all is no limit. Raise ValueError for anything else."""
    found = [_limit(part) for part in text.split(",") if part.strip()]
    limits = {limit.currency: limit for limit in found}
    if len(limits) < len(found):
        raise ValueError("a currency stands there twice")
    return limits


def checked_limits(text: str) -> str:
    """The text itself, once it has been read; raise ValueError as `read_limits` does."""
    read_limits(text)
    return text


def _limit(part: str) -> Money:
    currency, equals, amount = (word.strip() for word in part.partition("="))
    if not equals:
        raise ValueError("should look like EUR=500.00,USD=500.00")
    limit = Money.parse(amount, currency)
    if limit.minor < 0:
        raise ValueError("a limit is not negative")
    return limit
