"""What reputation is made of, and when there is too little to say. Read this file first; it is pure.

Whose fault something was is a fact of its reason (marketplace), so what a buyer caused never counts
against a seller.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

SPAN: Final = timedelta(days=60)
"""How far back paid orders count, by when they were placed."""
ENOUGH: Final = 10
"""Below so many orders there is no rate: a single case would be more than a tenth."""
STEP: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Tally:
    """Paid orders of the span; of these, how many were canceled, at least in part, by this side's
    fault, and how many had a dispute by this side's fault that ended with money for the buyer.
    """

    orders: int = 0
    cancellations: int = 0
    disputes: int = 0

    def rate(self, count: int) -> Decimal | None:
        """Which part of the orders that is, to four decimals; None for too few orders."""
        if self.orders < ENOUGH:
            return None
        return (Decimal(count) / self.orders).quantize(STEP, ROUND_HALF_UP)
