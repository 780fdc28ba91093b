import { connect } from "node:net";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import type { RunningServer } from "#src/server/running-server.js";
import { startSim } from "#src/server/sim.js";
import { qpsAtItlLimit, qpsAtRunning, saturationQps, serviceMs } from "#src/server/sim-capacity.js";
import { drawDelayMs, readDelay } from "#src/server/sim-delay.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { runScript } from "./child-script.js";

const running: RunningServer[] = [];
afterAll(() => Promise.all(running.map((server) => server.stop())));

async function start(options: SimOptions = {}): Promise<RunningServer> {
  const server = await startSim(options);
  running.push(server);
  return server;
}

const quick: SimOptions = { ttft: { shape: "fixed", ms: 1 }, itl: { shape: "fixed", ms: 0 } };

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

async function send(
  { url }: RunningServer,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const reply = await request(url + path, { method: "POST", body: payload, headers });
  return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
}

async function get({ url }: RunningServer, path: string): Promise<Reply> {
  const reply = await request(url + path);
  return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
}

async function metric(server: RunningServer, name: string, label = ""): Promise<number> {
  const line = (await get(server, "/metrics")).text
    .split("\n")
    .find((text) => text.startsWith(`vllm:${name}{`) && text.includes(label));
  return Number(line?.split(" ").at(-1));
}

async function stats(server: RunningServer): Promise<Record<string, { p50: number; max: number }>> {
  return JSON.parse((await get(server, "/stats")).text) as Record<string, { p50: number; max: number }>;
}

/** The parsed data of every event but [DONE], which must be the last. */
function eventsOf({ text }: Reply): Record<string, unknown>[] {
  const data = text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => event.replace(/^data: /, ""));
  expect(data.pop()).toBe("[DONE]");
  return data.map((event) => JSON.parse(event) as Record<string, unknown>);
}

describe("the wire format", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start({ ...quick, model: "täst" });
  });

  it("streams completions as vLLM does", async () => {
    const reply = await send(
      server,
      "/v1/completions",
      {
        model: "täst",
        prompt: [1, 300, 301],
        max_tokens: 3,
        stream: true,
        stream_options: { include_usage: true },
        return_token_ids: true,
      },
      { "x-request-id": "mine" },
    );
    expect(reply.headers).toMatchObject({
      server: "flexbench-sim",
      "content-type": "text/event-stream; charset=utf-8",
      "transfer-encoding": "chunked",
    });
    const events = eventsOf(reply);
    expect(events).toHaveLength(4);
    expect(events[0]).toEqual({
      id: "cmpl-mine",
      object: "text_completion",
      created: expect.any(Number),
      model: "täst",
      choices: [
        {
          index: 0,
          text: expect.stringMatching(/^ \w+$/),
          logprobs: null,
          finish_reason: null,
          stop_reason: null,
          prompt_token_ids: [1, 300, 301],
          token_ids: [expect.any(Number)],
        },
      ],
    });
    expect(events[1]).toMatchObject({ choices: [{ prompt_token_ids: null }] });
    expect(events[2]).toMatchObject({ choices: [{ finish_reason: "length" }] });
    expect(events[3]).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, total_tokens: 6, completion_tokens: 3 },
    });
  });

  it("streams chat with the role first and no usage unless asked", async () => {
    const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 2, stream: true };
    const events = eventsOf(await send(server, "/v1/chat/completions", body));
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({
      object: "chat.completion.chunk",
      choices: [{ delta: { role: "assistant", content: "" }, finish_reason: null }],
      prompt_token_ids: null,
    });
    expect(events[1]).toMatchObject({ choices: [{ token_ids: null, finish_reason: null }] });
    expect(events[2]).toMatchObject({
      choices: [{ finish_reason: "length", stop_reason: null }],
      system_fingerprint: "flexbench-sim",
    });
    expect(events.some((event) => "usage" in event)).toBe(false);
  });

  it("adds usage to every event when asked for continuous usage", async () => {
    const stream_options = { include_usage: true, continuous_usage_stats: true };
    const body = { prompt: "a", max_tokens: 2, stream: true, stream_options };
    const events = eventsOf(await send(server, "/v1/completions", body));
    expect(events.map(({ usage }) => (usage as { completion_tokens: number }).completion_tokens)).toEqual([
      1, 2, 2,
    ]);
  });

  it("answers whole when no stream is asked for, with the text of the stream", async () => {
    const body = { prompt: "Once upon a time", max_tokens: 4 };
    const whole = JSON.parse((await send(server, "/v1/completions", body)).text);
    const events = eventsOf(await send(server, "/v1/completions", { ...body, stream: true }));
    const streamed = events.map(({ choices }) => (choices as { text: string }[])[0]?.text).join("");
    expect(whole).toMatchObject({ choices: [{ text: streamed, finish_reason: "length" }] });
    expect(whole.usage).toEqual({ prompt_tokens: 4, total_tokens: 8, completion_tokens: 4 });
    const chat = { messages: [{ role: "user", content: "Hi" }], max_tokens: 4, return_token_ids: true };
    const message = JSON.parse((await send(server, "/v1/chat/completions", chat)).text);
    expect(message.choices[0].message.content).not.toBe("");
    expect(message.choices[0].token_ids).toHaveLength(4);
  });

  it("sends each event as one chunk", async () => {
    const body = JSON.stringify({ prompt: "a", max_tokens: 2, stream: true });
    const raw = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.on("data", (piece) => {
        text += piece.toString();
        if (text.endsWith("\r\n0\r\n\r\n")) socket.end();
      });
      socket.on("close", () => resolve(text));
      socket.write(
        `POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const chunks = raw.slice(raw.indexOf("\r\n\r\n") + 4).split(/\r\n/);
    const bodies = chunks.filter((_, index) => index % 2 === 1);
    expect(bodies.filter((chunk) => chunk !== "")).toHaveLength(3);
    for (const [index, chunk] of bodies.entries()) {
      expect(Number.parseInt(chunks[2 * index] ?? "", 16)).toBe(chunk.length);
    }
  });

  it("hides an unknown token id's error in a 200", async () => {
    const reply = await send(server, "/v1/completions", { prompt: [1, 999_999], stream: true });
    expect(reply.status).toBe(200);
    expect(eventsOf(reply)).toEqual([
      {
        error: {
          message: "Token id 999999 is out of vocabulary",
          type: "BadRequestError",
          param: null,
          code: 400,
        },
      },
    ]);
  });

  it("describes itself", async () => {
    const models = JSON.parse((await get(server, "/v1/models")).text);
    expect(models.data).toMatchObject([{ id: "täst", max_model_len: 32768, owned_by: "flexbench-sim" }]);
    expect(JSON.parse((await get(server, "/version")).text)).toEqual({ version: server.version });
    expect(await get(server, "/health")).toMatchObject({ status: 200, text: "" });
    expect(await get(server, "/nothing")).toMatchObject({ status: 404, text: '{"detail":"Not Found"}' });
    expect(await get(server, "/v1/completions")).toMatchObject({ status: 405, headers: { allow: "POST" } });
  });
});

describe("refusals", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start({ ...quick, maxModelLen: 100, apiKey: "secret" });
  });
  const key = { authorization: "Bearer secret" };

  it.each([
    ["another model", { model: "x", prompt: "a" }, 404, "The model `x` does not exist. Valid aliases: sim."],
    ["no JSON", '{"prompt": ', 400, /json_invalid/],
    ["no object", "[]", 400, /must be a JSON object/],
    ["no prompt", { stream: true }, 400, /Either prompt or prompt_embeds/],
    ["an empty prompt", { prompt: "" }, 400, /Either prompt or prompt_embeds/],
    [
      "a long prompt",
      { prompt: Array(100).fill(9) },
      400,
      /maximum context length is 100 tokens.*contains 100/,
    ],
    ["many tokens", { prompt: "a", max_tokens: 4000 }, 400, /max_tokens=4000 cannot be greater/],
    ["negative tokens", { prompt: "a", max_tokens: -1 }, 400, /must be at least 1, got -1/],
    ["fractional tokens", { prompt: "a", max_tokens: 1.5 }, 400, /must be at least 1, got 1.5/],
    ["min above max", { prompt: "a", max_tokens: 8, min_tokens: 50 }, 400, /max_tokens=8, got 50/],
    ["stream options alone", { prompt: "a", stream_options: {} }, 400, /only be defined when `stream=True`/],
    ["several choices", { prompt: "a", n: 2 }, 400, /one choice/],
    ["several prompts", { prompt: ["a", "b"] }, 400, /one prompt/],
  ])("%s", async (_name, body, status, message) => {
    const reply = await send(server, "/v1/completions", body, key);
    const { error } = JSON.parse(reply.text) as { error: { message: string; code: number } };
    expect(reply.status).toBe(status);
    expect(error.code).toBe(status);
    expect(error.message).toMatch(message);
  });

  it("no key, or another", async () => {
    for (const headers of [{}, { authorization: "Bearer other" }]) {
      const reply = await send(server, "/v1/completions", { prompt: "a" }, headers);
      expect(reply).toMatchObject({ status: 401, text: '{"error":"Unauthorized"}' });
    }
    expect(await get(server, "/v1/models")).toMatchObject({ status: 401 });
    expect(await get(server, "/health")).toMatchObject({ status: 200 });
    expect(await send(server, "/v1/completions", { prompt: "a" }, key)).toMatchObject({ status: 200 });
  });

  it("chat without messages", async () => {
    const reply = await send(server, "/v1/chat/completions", { messages: [] }, key);
    expect(reply).toMatchObject({ status: 400 });
  });
});

describe("lengths", () => {
  const lengthOf = async (server: RunningServer, body: object) => {
    const answer = JSON.parse(
      (await send(server, "/v1/completions", { return_token_ids: true, ...body })).text,
    );
    return { ...answer.choices[0], tokens: answer.usage.completion_tokens } as {
      tokens: number;
      finish_reason: string;
      token_ids: number[];
    };
  };

  it("follow the distribution, the prompt and the limits", async () => {
    const server = await start({ ...quick, outputTokens: { shape: "uniform", least: 5, most: 40 } });
    const lengths = new Set<number>();
    for (let index = 0; index < 20; index++) {
      const body = { prompt: `prompt ${index}`, max_tokens: 100 };
      const first = await lengthOf(server, body);
      expect(first.tokens).toBeGreaterThanOrEqual(5);
      expect(first.tokens).toBeLessThanOrEqual(40);
      expect(first.finish_reason).toBe("stop");
      expect(first.token_ids.at(-1)).toBe(2);
      expect(await lengthOf(server, body)).toEqual(first);
      lengths.add(first.tokens);
    }
    expect(lengths.size).toBeGreaterThan(5);
    const cut = await lengthOf(server, { prompt: "prompt 1", max_tokens: 3 });
    expect(cut).toMatchObject({ tokens: 3, finish_reason: "length" });
    const whole = await lengthOf(server, { prompt: "prompt 1", max_tokens: 90, ignore_eos: true });
    expect(whole).toMatchObject({ tokens: 90, finish_reason: "length" });
    const floor = await lengthOf(server, { prompt: "prompt 1", max_tokens: 90, min_tokens: 60 });
    expect(floor).toMatchObject({ tokens: 60, finish_reason: "stop" });
  });
});

describe("reasoning", () => {
  it("has a field of its own in chats, and marks in completions", async () => {
    const server = await start({ ...quick, reasoningTokens: 2 });
    const limits = { max_tokens: 5 };
    const chat = { messages: [{ role: "user", content: "a" }], ...limits };
    const { choices, usage } = JSON.parse((await send(server, "/v1/chat/completions", chat)).text);
    const { reasoning_content: reasoning, content } = choices[0].message as Record<string, string>;
    expect(reasoning?.trim().split(" ")).toHaveLength(2);
    expect(content?.trim().split(" ")).toHaveLength(3);
    expect(usage.completion_tokens).toBe(5);
    const streamed = (await send(server, "/v1/chat/completions", { ...chat, stream: true })).text;
    const deltas = [...streamed.matchAll(/"delta":\{"(\w+)":"( w[^"]*)/g)];
    const names = ["reasoning_content", "reasoning_content", "content", "content", "content"];
    expect(deltas.map(([, name]) => name)).toEqual(names);
    expect(deltas.map(([, , text]) => text).join("")).toBe(`${reasoning}${content}`);

    const plain = JSON.parse((await send(server, "/v1/completions", { prompt: "a", ...limits })).text);
    expect(plain.choices[0].text).toMatch(/^<think> w\w+ w\w+<\/think> w\w+ w\w+ w\w+$/);
  });
});

describe("pacing", () => {
  const timed = async (server: RunningServer, maxTokens: number) => {
    const start = performance.now();
    await send(server, "/v1/completions", { prompt: "a", max_tokens: maxTokens, stream: true });
    return performance.now() - start;
  };

  it("keeps the times that were asked for", async () => {
    const server = await start({ ttft: { shape: "fixed", ms: 40 }, itl: { shape: "fixed", ms: 5 } });
    await timed(server, 2);
    await request(`${server.url}/stats`, { method: "POST" }).then(({ body }) => body.dump());
    const times = await Promise.all(Array.from({ length: 20 }, () => timed(server, 21)));
    const { ttftNs } = await stats(server);
    expect(ttftNs?.p50).toBeGreaterThanOrEqual(40e6);
    expect(ttftNs?.p50).toBeLessThan(45e6);
    // 40 ms + 20 · 5 ms; the schedule is absolute, so lateness does not add up.
    for (const ms of times) {
      expect(ms).toBeGreaterThanOrEqual(140);
      expect(ms).toBeLessThan(190);
    }
  });

  it("queues what finds no slot, in the order of arrival", async () => {
    const server = await start({
      ttft: { shape: "fixed", ms: 60 },
      itl: { shape: "fixed", ms: 0 },
      maxConcurrency: 2,
    });
    const order: number[] = [];
    const begun = performance.now();
    const answers = [0, 1, 2, 3, 4, 5].map(async (index) => {
      await new Promise((resolve) => setTimeout(resolve, 4 * index));
      await timed(server, 1);
      order.push(index);
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await metric(server, "num_requests_running")).toBe(2);
    expect(await metric(server, "num_requests_waiting")).toBe(4);
    await Promise.all(answers);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(180);
    expect(order.map((index) => Math.floor(index / 2))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(await metric(server, "num_requests_running")).toBe(0);
  });

  it("slows down under load by its formula", async () => {
    const curve = { ttftMs: 20, itlMs: 4, maxConcurrency: 5, ttftGrowth: 0.5, itlGrowth: 0.25 };
    const { ttftMs: ms, itlMs, ...load } = curve;
    const server = await start({ ttft: { shape: "fixed", ms }, itl: { shape: "fixed", ms: itlMs }, ...load });
    await timed(server, 2);
    // A closed loop of 5 keeps all slots busy: the rate is X(5) = 5 / (60 + 20 · 8) ms.
    const tokens = 21;
    expect(serviceMs(curve, 5, tokens)).toBe(220);
    const perStream = 4;
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        for (let count = 0; count < perStream; count++) await timed(server, tokens);
      }),
    );
    const qps = (5 * perStream * 1000) / (performance.now() - begun);
    expect(qps).toBeLessThan(saturationQps(curve, tokens) * 1.1);
    expect(qps).toBeGreaterThan(saturationQps(curve, tokens) * 0.85);
    const alone = await timed(server, tokens);
    expect(alone).toBeGreaterThanOrEqual(serviceMs(curve, 1, tokens) - 1);
    expect(alone).toBeLessThan(150);
  });

  it("knows the rate at which a limit is reached", () => {
    const curve = { ttftMs: 20, itlMs: 10, maxConcurrency: 64, ttftGrowth: 0, itlGrowth: 0.1 };
    expect(qpsAtItlLimit(curve, 20, 100)).toBeCloseTo(qpsAtRunning(curve, 11, 100));
    expect(qpsAtItlLimit(curve, 9, 100)).toBe(0);
    expect(qpsAtItlLimit(curve, 1000, 100)).toBe(saturationQps(curve, 100));
  });
});

describe("delays", () => {
  const uniform = () => {
    let state = 1;
    return () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
  };

  it.each(["normal:20ms,4ms", "lognormal:20ms,8ms"])("%s have their mean and deviation", (text) => {
    const delay = readDelay(text);
    if ("problem" in delay || delay.shape === "fixed") throw new Error("not read");
    const random = uniform();
    const draws = Array.from({ length: 20_000 }, () => drawDelayMs(delay, random));
    const mean = draws.reduce((sum, ms) => sum + ms, 0) / draws.length;
    const variance = draws.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / draws.length;
    expect(mean / delay.meanMs).toBeCloseTo(1, 1);
    expect(Math.sqrt(variance) / delay.deviationMs).toBeCloseTo(1, 1);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  });

  it.each(["", "20", "normal:20ms", "gamma:2ms,1ms", "normal:2,1ms", "20ms,3ms"])("refuse %j", (text) => {
    expect(readDelay(text)).toHaveProperty("problem");
  });

  it("read a time and nothing", () => {
    expect(readDelay("1.5ms")).toEqual({ shape: "fixed", ms: 1.5 });
    expect(readDelay("0")).toEqual({ shape: "fixed", ms: 0 });
  });
});

describe("accounts", () => {
  it("count tokens and outcomes, and free what a client gave up", async () => {
    const server = await start({
      ttft: { shape: "fixed", ms: 5 },
      itl: { shape: "fixed", ms: 5 },
      maxConcurrency: 1,
    });
    await send(server, "/v1/completions", { prompt: [9, 9, 9], max_tokens: 4, stream: true });
    expect(await metric(server, "prompt_tokens_total")).toBe(3);
    expect(await metric(server, "generation_tokens_total")).toBe(4);
    expect(await metric(server, "request_success_total", 'reason="length"')).toBe(1);

    const abort = new AbortController();
    const body = JSON.stringify({ prompt: "a", max_tokens: 1000, stream: true });
    const reply = await request(`${server.url}/v1/completions`, {
      method: "POST",
      body,
      signal: abort.signal,
    });
    reply.body.on("error", () => {});
    await new Promise((resolve) => reply.body.once("data", resolve));
    expect(await metric(server, "num_requests_running")).toBe(1);
    expect(await metric(server, "kv_cache_usage_perc")).toBeGreaterThan(0);
    abort.abort();
    await send(server, "/v1/completions", { prompt: "a", max_tokens: 1 });
    expect(await metric(server, "request_success_total", 'reason="abort"')).toBe(1);
    expect(await metric(server, "num_requests_running")).toBe(0);
    expect(await metric(server, "kv_cache_usage_perc")).toBe(0);
  });

  it("keep TTFT until it is reset", async () => {
    const server = await start(quick);
    await send(server, "/v1/completions", { prompt: "a", stream: true });
    expect(await stats(server)).toMatchObject({ answers: 1 });
    await request(`${server.url}/stats`, { method: "POST" }).then(({ body }) => body.dump());
    expect(await stats(server)).toMatchObject({ answers: 0, ttftNs: { p50: null } });
  });
});

describe("the simulator's process", () => {
  it("is another one, and stops as often as asked", async () => {
    const server = await spawnSim(quick);
    expect(server).toMatchObject({ simulated: true, name: "flexbench-sim", model: "sim" });
    expect(server.pid).not.toBe(process.pid);
    expect(await get(server, "/health")).toMatchObject({ status: 200 });
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(() => process.kill(server.pid ?? 0, 0)).toThrow("ESRCH");
  });

  it("names every bad option at once", async () => {
    const bad = { port: 70_000, seed: 0.5, maxConcurrency: 0, itl: { shape: "fixed", ms: -1 } } as const;
    for (const begin of [startSim, spawnSim]) {
      const error = await begin({ ...bad, faults: [{ kind: "stal" }] }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ code: "SIM_OPTIONS" });
      expect((error as UsageError).problems.map(({ where }) => where).sort()).toEqual(
        ["fault stal", "itl", "maxConcurrency", "port", "seed"].sort(),
      );
      expect(String(error)).toContain("did you mean stall?");
    }
  });

  it("says that a port is taken", async () => {
    const first = await start(quick);
    const port = Number(new URL(first.url).port);
    for (const begin of [startSim, spawnSim]) {
      await expect(begin({ port })).rejects.toMatchObject({ code: "PORT_TAKEN", exitCode: 1 });
    }
  });

  it("tells when it is killed", async () => {
    const server = await spawnSim(quick);
    process.kill(server.pid ?? 0, "SIGKILL");
    expect(await server.died).toMatch(/ended by SIGKILL/);
    await server.stop();
  });

  it("ends with its parent, even when that is killed", async () => {
    const parent = await runScript(`
      import { spawnSim } from "#src/server/sim-process.js";
      const server = await spawnSim({});
      console.log(server.pid);
      process.kill(process.pid, "SIGKILL");
    `);
    const pid = Number(parent.stdout.trim());
    expect(parent.signal).toBe("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
