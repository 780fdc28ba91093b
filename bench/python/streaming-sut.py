"""PyPI's LoadGen binding with a minimal streaming SUT: the closed loop (Offline) over so many streams.

Usage: python streaming-sut.py '{"url": "…", "streams": 100, "requests": 300, "body": "…", "outdir": "…"}'
Prints its own CPU seconds, tokens and failures as JSON.
"""
import array
import asyncio
import concurrent.futures
import json
import resource
import sys
import threading

import aiohttp
import mlperf_loadgen as lg

request = json.loads(sys.argv[1])
url = request["url"] + "/v1/completions"
body = request["body"].encode()
headers = {"content-type": "application/json"}
totals = {"tokens": 0, "failed": 0}


async def ask(session):
    """Text and number of tokens of one streamed answer."""
    pieces, tokens, finished = [], None, False
    async with session.post(url, data=body, headers=headers) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if not line.startswith(b"data: ") or line == b"data: [DONE]\n":
                continue
            event = json.loads(line[6:])
            for choice in event["choices"]:
                pieces.append(choice["text"])
                finished = finished or choice["finish_reason"] is not None
            if event["usage"]:
                tokens = event["usage"]["completion_tokens"]
    if tokens is None or not finished:
        raise ValueError("an answer without its end")
    return "".join(pieces), tokens


async def stream(session, waiting):
    """One of the streams: asks, reports to LoadGen, asks again."""
    while True:
        sample = await waiting.get()
        try:
            text, tokens = await ask(session)
        except Exception:  # Whatever it is, the test must come to its end.
            text, tokens = "", 0
            totals["failed"] += 1
        totals["tokens"] += tokens
        data = array.array("B", text.encode())
        address, length = data.buffer_info()
        # In Offline LoadGen takes no first tokens.
        lg.QuerySamplesComplete([lg.QuerySampleResponse(sample, address, length, tokens)])


async def serve(ready):
    waiting = asyncio.Queue()
    ready.set_result((asyncio.get_running_loop(), waiting))
    limits = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(total=120)) as session:
        await asyncio.gather(*(stream(session, waiting) for _ in range(request["streams"])))


def main():
    ready = concurrent.futures.Future()
    threading.Thread(target=lambda: asyncio.run(serve(ready)), daemon=True).start()
    loop, waiting = ready.result()

    def issue(samples):
        identifiers = [sample.id for sample in samples]
        loop.call_soon_threadsafe(lambda: [waiting.put_nowait(each) for each in identifiers])

    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Offline
    settings.mode = lg.TestMode.PerformanceOnly
    settings.min_query_count = request["requests"]
    settings.min_duration_ms = 1
    settings.use_token_latencies = True
    log = lg.LogSettings()
    log.log_output.outdir = request["outdir"]
    log.enable_trace = False
    sut = lg.ConstructSUT(issue, lambda: None)
    library = lg.ConstructQSL(64, 64, lambda _: None, lambda _: None)
    lg.StartTestWithLogSettings(sut, library, settings, log, "")
    lg.DestroyQSL(library)
    lg.DestroySUT(sut)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpuSeconds": used.ru_utime + used.ru_stime, **totals}))


main()
