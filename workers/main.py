"""arq workers.main.WorkerSettings"""

from contextlib import AsyncExitStack
from datetime import UTC
from typing import Any

from ordergraph.infra import logs, tracing
from ordergraph.infra.heartbeat import beating
from ordergraph.infra.queue import deserializer, doubt, redis_settings, serializer
from ordergraph.settings import settings
from ordergraph.wiring import wired
from workers.books import GRACE_S, LONGEST_S, reconcile_books
from workers.context import Ctx
from workers.disputes import end_silence
from workers.files import discard_attachments
from workers.gateways import forget_gateway_events
from workers.keys import forget_keys
from workers.mails import forget_mails, send_mails
from workers.observed import observed
from workers.outbox import deliver_outbox
from workers.outgoing import forget_webhooks, send_webhooks
from workers.refunds import send_refunds
from workers.single import MOST_S, single
from workers.ticks import Tick, tick
from workers.windows import (
    cancel_unshipped,
    close_windows,
    complete_orders,
    expire_unpaid,
    grant_silence,
    presume_delivered,
    remind,
)

SETTINGS = settings()

# fmt: off
LOOKS = (
    # each looks for its work in Postgres: on a ring after a commit, and every few seconds anyway
    deliver_outbox,
    send_refunds,
    send_webhooks,
    send_mails,
    close_windows,
    cancel_unshipped,
    grant_silence,
    presume_delivered,
    complete_orders,
    expire_unpaid,
    end_silence,
    remind,
    forget_keys,
)
# fmt: on
RARE = observed(
    single(reconcile_books)
)  # looks every few seconds whether it is time; then it takes its time
JOBS = [observed(single(look)) for look in LOOKS]
SWEEPS = [
    tick(observed(forget_gateway_events), minute=17),  # once an hour is often enough
    tick(observed(forget_webhooks), minute=29),  # once an hour, too
    tick(observed(forget_mails), minute=31),
    tick(observed(discard_attachments), second=41),  # and once a minute, a batch
]


def net(job: Any, timeout_s: int | None = None) -> Tick:
    """The net under the rings: the same job every `sweep_interval_s` seconds."""
    seconds = set(range(0, 60, min(SETTINGS.sweep_interval_s, 59)))
    return tick(job, second=seconds, run_at_startup=True, timeout=timeout_s)


async def start(ctx: Ctx) -> None:
    logs.configure(SETTINGS.log_level, json=SETTINGS.log_json)
    tracing.begin("ordergraph-worker")
    doubt(ctx["redis"])
    ctx["stack"] = AsyncExitStack()
    ctx["wiring"] = await ctx["stack"].enter_async_context(
        wired(SETTINGS, application="ordergraph-worker")
    )
    await ctx["stack"].enter_async_context(beating(ctx["wiring"].redis))


async def stop(ctx: Ctx) -> None:
    await ctx["stack"].aclose()
    tracing.close()


class WorkerSettings:
    """arq reads these; jobs carry ids for the log alone, so a lost or doubled one harms nothing."""

    functions = JOBS
    cron_jobs = [*(net(job) for job in JOBS), *SWEEPS, net(RARE, timeout_s=LONGEST_S + GRACE_S)]
    on_startup = start
    on_shutdown = stop
    redis_settings = redis_settings(SETTINGS.servers().redis_url)
    job_serializer = serializer
    job_deserializer = deserializer
    timezone = UTC
    keep_result = 0  # a kept result would block its job id; ticks.py keeps those of ticks
    max_tries = 1  # the next tick is the retry
    max_jobs = 20
    # what begins in a job's last moment may take two rounds of two calls
    job_timeout = max(60, int(MOST_S) + 4 * SETTINGS.gateway_timeout_s)
    job_completion_wait = SETTINGS.grace_s  # SIGTERM drains
    poll_delay = 0.1
    health_check_interval = 5
