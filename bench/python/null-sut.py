"""PyPI's LoadGen binding against a SUT that answers at once, in the Server scenario; the log tells the rest.

Usage: python null-sut.py QPS SECONDS OUTDIR direct|thread
`direct` answers inside LoadGen's call; `thread` hands over to another thread, as a client that works must.
"""
import queue
import sys
import threading

import mlperf_loadgen as lg

qps, seconds, outdir, how = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]


def complete(identifiers):
    lg.QuerySamplesComplete([lg.QuerySampleResponse(each, 0, 0) for each in identifiers])


waiting = queue.SimpleQueue()


def work():
    while True:
        complete(waiting.get())


threading.Thread(target=work, daemon=True).start()


def issue(samples):
    identifiers = [sample.id for sample in samples]
    if how == "thread":
        waiting.put(identifiers)
    else:
        complete(identifiers)


settings = lg.TestSettings()
settings.scenario = lg.TestScenario.Server
settings.mode = lg.TestMode.PerformanceOnly
settings.server_target_qps = qps
settings.server_target_latency_ns = 100_000_000
settings.min_duration_ms = int(seconds * 1000)
log = lg.LogSettings()
log.log_output.outdir = outdir
log.enable_trace = False
sut = lg.ConstructSUT(issue, lambda: None)
library = lg.ConstructQSL(1024, 1024, lambda _: None, lambda _: None)
lg.StartTestWithLogSettings(sut, library, settings, log, "")
lg.DestroyQSL(library)
lg.DestroySUT(sut)
