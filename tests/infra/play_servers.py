"""Run both embedded servers in the folder named, without the kernel's help if so asked."""

import sys
import time
from pathlib import Path

from ordergraph.infra import child, embedded

folder, kernel = Path(sys.argv[1]), sys.argv[2]
if kernel == "indifferent":
    child.LIBC = None  # as on systems without PR_SET_PDEATHSIG
with embedded.postgres(folder, durable=True) as database_url, embedded.valkey(folder) as redis_url:
    print("URLS", database_url, redis_url, flush=True)  # noqa: T201 - what the test reads
    time.sleep(60)
