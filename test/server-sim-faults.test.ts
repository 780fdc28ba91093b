import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "#src/server/running-server.js";
import { FaultPlan, type FaultRule, parseFaultRule } from "#src/server/sim-fault-rules.js";
import { faults } from "#src/server/sim-faults.js";
import { spawnSim } from "#src/server/sim-process.js";
import { AskingClient, askedTokens as tokens } from "./asking-client.ts";
import { codeByFault } from "./fault-codes.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await spawnSim({ ttft: { shape: "fixed", ms: 2 }, itl: { shape: "fixed", ms: 1 } });
});
afterAll(() => server.stop());

async function ask(api: "completions" | "chat", fault: string | null) {
  const headers: Record<string, string> = fault === null ? {} : { "x-sim-fault": fault };
  const timeoutMs = fault?.startsWith("hang") ? 300 : 10_000;
  const client = new AskingClient([server.url], { api, headers, timeoutMs });
  const request = await client.ask();
  client.close();
  return request;
}

describe.each(["completions", "chat"] as const)("each fault, by %s", (api) => {
  it.each(Object.entries(faults))("%s", async (name, { outcome }) => {
    const request = await ask(api, name);
    expect(request.error?.code ?? null).toBe(codeByFault[name] ?? null);
    expect(request.error === null ? "good" : "failed").toBe(outcome);
    if (outcome === "failed") return;
    const count = name === "one-token" ? 1 : tokens;
    const unfaulted = await ask(api, null);
    expect([...request.answer.tokenIds]).toEqual([...unfaulted.answer.tokenIds].slice(0, count));
    expect(request.answer.completionTokens).toBe(name === "usage-missing" ? -1 : count);
    expect(request.answer.isDone).toBe(name !== "missing-done");
  });
});

describe("faults do what they say", () => {
  it("several tokens an event", async () => {
    const { answer } = await ask("completions", "several-tokens-an-event?tokens=4");
    expect(answer.tokenEvents).toBe(4); // 1 + 4 + 4 + 1
  });

  it("a stall is as long as asked", async () => {
    const request = await ask("chat", "stall?tokens=2&ms=150");
    expect(request.endNs - request.firstTokenNs).toBeGreaterThanOrEqual(150e6);
  });

  it("a slow drip takes its time", async () => {
    const request = await ask("completions", "slow-drip?bytes=8&pauseMs=2");
    // Each event is some 200 bytes long.
    expect(request.endNs - request.firstByteNs).toBeGreaterThanOrEqual(tokens * 20 * 2e6);
  });

  it.each([
    ["huge-event?bytes=100000", (body: string) => body.length > 100_000],
    ["extra-choices", (body: string) => (body.match(/"index":1/g)?.length ?? 0) === 2 * tokens],
    [
      "duplicate-finish",
      (body: string) => /"finish_reason":"length"[\s\S]*"finish_reason":"stop"/.test(body),
    ],
    ["usage-in-every-event", (body: string) => (body.match(/"usage":/g)?.length ?? 0) === tokens],
    ["cr-line-ends", (body: string) => !body.includes("\n")],
  ])("%s is on the wire", async (fault, holds) => {
    const body = JSON.stringify({ prompt: "a", max_tokens: tokens, stream: true });
    const headers = { "x-sim-fault": fault };
    const reply = await fetch(`${server.url}/v1/completions`, { method: "POST", body, headers });
    expect(await reply.text()).toSatisfy(holds);
  });

  it("a stale close strikes kept connections alone, and the request is sent again", async () => {
    const stale = await spawnSim({ faults: [{ kind: "stale-close" }] });
    const client = new AskingClient([stale.url]);
    for (let request = 0; request < 4; request++) expect((await client.ask()).error).toBeNull();
    expect(client.staleRetries).toBe(3);
    client.close();
    await stale.stop();
  });

  it("each of many requests that wait for one connection fails, when it cannot be opened", async () => {
    const resetting = await spawnSim({ faults: [{ kind: "reset-at-connect" }] });
    for (const [url, code] of [
      [resetting.url, "CLOSED_BEFORE_HEADERS"],
      ["http://127.0.0.1:1", "CONNECT_REFUSED"],
    ] as const) {
      const client = new AskingClient([url]);
      const codes = await Promise.all(Array.from({ length: 20 }, () => client.codeOf()));
      client.close();
      expect(codes).toEqual(Array.from({ length: 20 }, () => code));
    }
    await resetting.stop();
  });

  it("a stale close of a connection that was opened before its first request costs nothing", async () => {
    const stale = await spawnSim({ faults: [{ kind: "stale-close" }] });
    const client = new AskingClient([stale.url]);
    await client.preopen();
    expect((await client.ask()).error).toBeNull();
    expect(client.staleRetries).toBe(1);
    client.close();
    await stale.stop();
  });

  it("errors come after as many tokens as asked", async () => {
    const { answer } = await ask("chat", "error-after-tokens?tokens=5");
    expect(answer.tokenEvents).toBe(5);
  });

  it("Retry-After carries its parameter", async () => {
    const headers = { "x-sim-fault": "status-429?retryAfter=7" };
    const reply = await fetch(`${server.url}/v1/completions`, {
      method: "POST",
      body: '{"prompt":"a"}',
      headers,
    });
    expect(reply.status).toBe(429);
    expect(reply.headers.get("retry-after")).toBe("7");
  });

  it("an unknown fault in the header is refused by name", async () => {
    const request = await ask("completions", "stal");
    expect(request.error).toMatchObject({
      code: "HTTP_400",
      message: expect.stringContaining("did you mean stall"),
    });
  });

  it("leave the server fit for the next request", async () => {
    expect((await ask("completions", null)).error).toBeNull();
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/num_requests_running\{[^}]*\} 0\n/);
  });
});

describe("which requests a rule strikes", () => {
  const struck = (rules: FaultRule[], requests = 12, seed = 1) => {
    const plan = new FaultPlan(rules, seed);
    return Array.from({ length: requests }, (_, index) => plan.strike(index + 1)?.kind ?? null);
  };
  const numbersOf = (kinds: (string | null)[]) =>
    kinds.flatMap((kind, index) => (kind === null ? [] : [index + 1]));

  it("every n-th, after some, at most so many", () => {
    expect(numbersOf(struck([{ kind: "stall", everyNth: 4 }]))).toEqual([4, 8, 12]);
    expect(numbersOf(struck([{ kind: "stall", afterRequests: 10 }]))).toEqual([11, 12]);
    expect(numbersOf(struck([{ kind: "stall", everyNth: 2, afterRequests: 3, times: 2 }]))).toEqual([4, 6]);
  });

  it("a share, the same for the same seed", () => {
    const rules = [{ kind: "stall", probability: 0.25 }];
    const first = numbersOf(struck(rules, 4000));
    expect(first.length).toBeGreaterThan(850);
    expect(first.length).toBeLessThan(1150);
    expect(numbersOf(struck(rules, 4000))).toEqual(first);
    expect(numbersOf(struck(rules, 4000, 2))).not.toEqual(first);
  });

  it("the first rule that applies wins", () => {
    const kinds = struck(
      [
        { kind: "stall", everyNth: 3 },
        { kind: "redirect", everyNth: 2 },
      ],
      6,
    );
    expect(kinds).toEqual([null, "redirect", "stall", "redirect", null, "stall"]);
  });

  it("is read from text", () => {
    expect(parseFaultRule("status-429?everyNth=10&retryAfter=2")).toEqual({
      kind: "status-429",
      everyNth: 10,
      parameters: { retryAfter: 2 },
    });
  });

  it("is obeyed by the server", async () => {
    const faulty = await spawnSim({ faults: [parseFaultRule("status-500?everyNth=3")] });
    const statuses: number[] = [];
    for (let index = 0; index < 6; index++) {
      const body = '{"prompt":"a","max_tokens":1}';
      const reply = await fetch(`${faulty.url}/v1/completions`, { method: "POST", body });
      await reply.arrayBuffer();
      statuses.push(reply.status);
    }
    await faulty.stop();
    expect(statuses).toEqual([200, 200, 500, 200, 200, 500]);
  });
});
