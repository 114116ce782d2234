"""Durations as people and ISO 8601 write them: 90m, 24h, 7d, PT24H, P7D, P1DT12H."""

import re
from datetime import timedelta
from typing import Final

from ordergraph.kernel.refusal import InvalidInput

_SHORT: Final = re.compile(r"(\d{1,9})([smhd])")
_ISO: Final = re.compile(
    r"P(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def show_duration(seconds: int) -> str:
    """Write whole seconds as people do, so that it can be read back: 7d, 36h, 90m, 45s.

    A day and less is told in hours.
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % length == 0 and (unit != "d" or seconds > length):
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def read_duration(text: str, *, field: str) -> timedelta:
    """Read a duration; raise InvalidInput for anything else."""
    short = _SHORT.fullmatch(text.strip())
    if short:
        return timedelta(**{_UNITS[short[2]]: int(short[1])})
    iso = _ISO.fullmatch(text.strip())
    found = {unit: int(n) for unit, n in iso.groupdict().items() if n} if iso else {}
    if not found:
        raise InvalidInput(field=field, problem="write a duration such as 24h, 7d or PT24H")
    try:
        return timedelta(**found)
    except OverflowError:
        raise InvalidInput(field=field, problem="longer than time can be counted") from None
