"""`python -m bench`, or `make bench`: measure everything; a whole run writes results.md and results.png."""

import asyncio
import sys

from bench import asking, live, machine, options, page, plot, stage
from bench.contenders import PEERS
from bench.page import Found


async def main() -> None:
    chosen = options.read()
    before = machine.load_average()
    async with stage.filled(chosen.orders) as ground:
        asked = await asking.measure(ground, chosen)
        heard = await live.measure(ground, chosen) if chosen.measures("D") else []
        peers = any(chosen.races(peer.name) for peer in PEERS)
        where = await machine.described(ground, peers=peers)
    found = Found(chosen, asked, heard, where, (before, machine.load_average()))
    sys.stdout.write(page.written(found))
    if chosen.whole:
        page.PAGE.write_text(page.written(found))
        plot.draw(asked.rows)


if __name__ == "__main__":
    asyncio.run(main())
