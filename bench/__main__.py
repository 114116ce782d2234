"""`python -m bench`, or `make bench`: measure everything, write results.md."""

import asyncio
import sys

from bench import options, reads, stage


async def main() -> None:
    chosen = options.read()
    async with stage.filled(chosen.orders) as ground:
        found = await reads.measure(ground, chosen)
    for workload, rows in found.rows.items():
        sys.stdout.write(
            f"\n{workload}: ratio, requests/s, p50, p99, CPU, Postgres' CPU (ms), MB\n"
        )
        for name, ratio, sample in rows:
            cells = " ".join(f"{value:9.2f}" for value in sample)
            sys.stdout.write(f"{name:<12} {ratio:6.3f} {cells}\n")
    sys.stdout.write(f"\nstart, s: {found.start_s}; {found.compared} answers compared\n")


if __name__ == "__main__":
    asyncio.run(main())
