"""Runs a program in a process group of its own, and ends that whole group when standard input closes.

The pipe closes when the parent ends in whatever way, so nothing that the program started is left behind: vLLM's
engine is a process of its own, which outlives a killed API server.
"""

import os
import signal
import subprocess
import sys
import threading
import time

POLITE_SECONDS = 10


def signal_group(group, number):
    """False when no process of the group is left."""
    try:
        os.killpg(group, number)
        return True
    except ProcessLookupError:
        return False


def end_group(child):
    signal_group(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + POLITE_SECONDS
    while time.monotonic() < deadline:
        child.poll()
        if not signal_group(child.pid, 0):
            return
        time.sleep(0.05)
    signal_group(child.pid, signal.SIGKILL)


def end_everything(child):
    end_group(child)
    os._exit(0)


def end_when_parent_is_gone(child):
    while os.read(0, 4096):
        pass
    end_everything(child)


# Ctrl-C reaches the terminal's whole process group; the closing pipe says when it is time to end.
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
threading.Thread(target=end_when_parent_is_gone, args=(child,), daemon=True).start()
for number in (signal.SIGTERM, signal.SIGHUP):
    # In a thread of its own, so that the main one goes on to wait for the child.
    signal.signal(number, lambda *_: threading.Thread(target=end_everything, args=(child,)).start())
code = child.wait()
end_group(child)
os._exit(code if code >= 0 else 128 - code)
