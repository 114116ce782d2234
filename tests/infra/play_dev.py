"""Run `ordergraph dev` with small programs in the places of the API and the worker."""

import faulthandler
import os
import signal
import sys

from rich.console import Console

from ordergraph import dev
from ordergraph.settings import Settings, load

API = """
import http.server, os
print("api", os.getpid(), "clock", os.environ["ORDERGRAPH_TEST_CLOCK"])
address = (os.environ["ORDERGRAPH_HOST"], int(os.environ["ORDERGRAPH_PORT"]))
http.server.ThreadingHTTPServer(address, http.server.BaseHTTPRequestHandler).serve_forever()
"""
WORKER = """
import os, signal, subprocess, sys, time
if "STUBBORN" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("worker", os.getpid(), "helper", helper.pid)
time.sleep(60)
"""


def prepare(settings: Settings) -> None:
    print("preparing", settings.servers().database_url, flush=True)  # noqa: T201 - what the test reads


faulthandler.register(signal.SIGUSR1)  # asked where it hangs, it says so
plan = dev.Plan(
    serve=(sys.executable, "-c", API),
    worker=(sys.executable, "-c", WORKER),
    steps=(("prepare", prepare),),
    personas=lambda _: [dev.Persona("Ada", "buyer", "token-of-ada")],
)
dev.run(load(os.environ, join_dev=False), plan, Console(highlight=False))
