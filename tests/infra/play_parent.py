"""Start a process that says it ends with its parent, and wait."""

import subprocess
import sys

CHILD = """
import os, time
from ordergraph.infra.child import die_with_our_parent
die_with_our_parent()
print("CHILD", os.getpid(), flush=True)
time.sleep(60)
"""
subprocess.run([sys.executable, "-c", CHILD], check=False)
