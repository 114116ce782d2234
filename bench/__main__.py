"""`python -m bench`, or `make bench`: measure everything, write results.md."""

import asyncio
import sys

from bench import asking, live, options, stage


async def main() -> None:
    chosen = options.read()
    async with stage.filled(chosen.orders) as ground:
        found = await asking.measure(ground, chosen)
        heard = await live.measure(ground, chosen) if chosen.measures("D") else []
    for workload, rows in found.rows.items():
        sys.stdout.write(
            f"\n{workload.name}: ratio by requests and CPU, requests/s, p50, p99, CPU, Postgres, MB\n"
        )
        for row in rows:
            cells = " ".join(f"{value:9.2f}" for value in row.sample)
            sys.stdout.write(
                f"{row.contender.name:<12} {row.ratio:6.3f} {row.thrift:6.3f} {cells}\n"
            )
    for row in heard:
        sys.stdout.write(f"{row.contender.name:<12} {row.heard}\n")
    sys.stdout.write(f"\nstart, s: {found.start_s}; {found.compared} answers compared\n")


if __name__ == "__main__":
    asyncio.run(main())
