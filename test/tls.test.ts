import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkEndpoint } from "#src/server/probe.js";
import type { RunningServer } from "#src/server/running-server.js";
import type { SimOptions } from "#src/server/sim-options.js";
import type { TlsPlan } from "#src/transport/plan.js";
import { AskingClient } from "./asking-client.ts";
import { temporaryFolder } from "./child-script.ts";
import { faultyRun, killEarly, restart, startQuickSim, tokensPerAnswer, withSim } from "./faulty-runs.ts";
import { type KeyPair, makeCertificates } from "./tls-certificates.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = temporaryFolder();
const { ca, client, ...servers } = makeCertificates(folder);
let runs = 0;
const newOutput = () => join(folder, `run-${runs++}`);

const trust: TlsPlan = { ca, cert: null, key: null, insecure: false };
const trustNobody: TlsPlan = { ...trust, ca: null };

const serving = ({ cert, key }: KeyPair): SimOptions => ({ tlsCert: cert, tlsKey: key });

/** Code of the error of one request on a connection of its own, or null. */
async function ask(url: string, tls: TlsPlan): Promise<string | null> {
  const client = new AskingClient([url], { tls });
  const code = await client.codeOf();
  client.close();
  return code;
}

/** The command line in a process of its own. */
async function flexbench(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(root, "dist/cli.js"), ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const collect = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const piece of stream) text += String(piece);
    return text;
  };
  const [stdout, stderr] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    child.exitCode ?? once(child, "exit"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

describe("a server's certificate", () => {
  it.each<[string, KeyPair, TlsPlan, string, RegExp]>([
    ["is expired", servers.expired, trust, "TLS_EXPIRED", /Renew its certificate/],
    ["is not valid yet", servers.notYetValid, trust, "TLS_EXPIRED", /clock/],
    ["is for another host", servers.otherHost, trust, "TLS_HOST_NAME", /host name/],
    ["is its own authority", servers.selfSigned, trustNobody, "TLS_UNTRUSTED", /--tls-ca or NODE_EXTRA/],
    ["is of an unknown authority", servers.server, trustNobody, "TLS_UNTRUSTED", /--tls-ca/],
    ["is of another authority", servers.selfSigned, trust, "TLS_UNTRUSTED", /--tls-ca/],
  ])("%s", async (_name, pair, tls, code, hint) => {
    await withSim(serving(pair), async ({ url }) => {
      expect(await ask(url, tls)).toBe(code);
      await expect(checkEndpoint(url, { tls })).rejects.toMatchObject({
        code: `ENDPOINT_${code}`,
        exitCode: 4,
        hint: expect.stringMatching(hint),
      });
      expect(await ask(url, { ...trustNobody, insecure: true })).toBeNull();
    });
  });

  it("is good by its authority", async () => {
    await withSim(serving(servers.server), async ({ url }) => {
      expect(url).toMatch(/^https:/);
      expect(await ask(url, trust)).toBeNull();
      expect(await checkEndpoint(url, { tls: trust })).toMatchObject({ model: "sim" });
    });
  });

  it("is refused for each of many requests that wait for one connection", async () => {
    await withSim(serving(servers.otherHost), async ({ url }) => {
      const client = new AskingClient([url], { tls: trust });
      const codes = await Promise.all(Array.from({ length: 20 }, () => client.codeOf()));
      client.close();
      expect(codes).toEqual(Array.from({ length: 20 }, () => "TLS_HOST_NAME"));
    });
  });

  it("is missing: plain http", async () => {
    await withSim({}, async ({ url }) => {
      expect(await ask(url.replace("http:", "https:"), trust)).toBe("TLS_FAILED");
    });
  });
});

it("an endpoint that nobody can trust is taken out, and the others go on", async () => {
  await withSim(serving(servers.server), (good) =>
    withSim(serving(servers.expired), async (bad) => {
      const client = new AskingClient([bad.url, good.url], { tls: trust });
      const codes: (string | null)[] = [];
      while (codes.length < 10) codes.push(await client.codeOf());
      client.close();
      expect(codes.slice(0, 3)).toEqual(["TLS_EXPIRED", "TLS_EXPIRED", "TLS_EXPIRED"]);
      expect(codes.slice(3)).toEqual(Array.from({ length: 7 }, () => null));
    }),
  );
});

describe("a server that wants a client certificate", () => {
  let sim: RunningServer;
  beforeAll(async () => {
    sim = await startQuickSim({ ...serving(servers.server), tlsClientCa: ca });
  });
  afterAll(() => sim.stop());

  it("gets one", async () => {
    expect(await ask(sim.url, { ...trust, ...client })).toBeNull();
  });

  it("gets none", async () => {
    for (let attempt = 0; attempt < 10; attempt++)
      expect(await ask(sim.url, trust)).toBe("TLS_CLIENT_CERTIFICATE");
    await expect(checkEndpoint(sim.url, { tls: trust })).rejects.toMatchObject({
      code: "ENDPOINT_TLS_CLIENT_CERTIFICATE",
      hint: expect.stringContaining("--tls-cert and --tls-key"),
    });
  });

  it("gets one that it does not accept: Node closes the connection without a word", async () => {
    const tls = { ...trust, ...servers.selfSigned };
    expect(await ask(sim.url, tls)).toBe("CLOSED_BEFORE_HEADERS");
    await expect(checkEndpoint(sim.url, { tls })).rejects.toMatchObject({
      code: "ENDPOINT_CLOSED",
      hint: expect.stringContaining("client certificate"),
    });
  });

  it("refuses one: OpenSSL says why", async () => {
    const { cert, key } = servers.server;
    const strict = ["-CAfile", ca, "-Verify", "2", "-verify_return_error", "-www"];
    const peer = spawn("openssl", [
      "s_server",
      "-accept",
      "127.0.0.1:0",
      "-cert",
      cert,
      "-key",
      key,
      ...strict,
    ]);
    try {
      let port = "";
      for await (const line of createInterface(peer.stdout)) {
        port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1] ?? "";
        if (port !== "") break;
      }
      const tls = { ...trust, ...servers.selfSigned };
      expect(await ask(`https://127.0.0.1:${port}`, tls)).toBe("TLS_CLIENT_CERTIFICATE");
    } finally {
      peer.kill();
      await once(peer, "close");
    }
  });

  it("carries a whole run", async () => {
    const tls = { tlsCa: ca, tlsCert: client.cert, tlsKey: client.key };
    const { record, exitCode } = await faultyRun(sim.url, newOutput(), tls);
    expect([record.state, exitCode]).toEqual(["valid", 0]);
    expect(record.requests.failed).toBe(0);
    expect(record.metrics.outputTokens).toBe(record.requests.issued * tokensPerAnswer);
    expect(record.config).toMatchObject(tls);
  });
});

describe("faults over TLS", () => {
  it.each([
    ["reset-before-headers", "CLOSED_BEFORE_HEADERS"],
    ["reset-mid-stream", "STREAM_CUT"],
    ["close-mid-stream", "STREAM_CUT"],
    ["bad-chunk", "HTTP_MALFORMED"],
    ["reset-at-connect", "CLOSED_BEFORE_HEADERS"],
    ["split-every-byte", null],
    ["huge-event", null],
  ])("%s", async (kind, code) => {
    await withSim({ ...serving(servers.server), faults: [{ kind }] }, async ({ url }) => {
      expect(await ask(url, trust)).toBe(code);
    });
  });

  it("a server that comes back with an expired certificate", async () => {
    const sim = await startQuickSim(serving(servers.server));
    const { watch, killed } = killEarly(sim);
    const restarted = killed.then(() => sleep(200)).then(() => restart(sim, serving(servers.expired)));
    const seen = await faultyRun(sim.url, newOutput(), { tlsCa: ca, duration: "3s" }, watch);
    await (await restarted).stop();
    expect([seen.record.state, seen.exitCode]).toEqual(["failed", 5]);
    const codes = seen.requests.map(({ errorCode }) => errorCode);
    const fromRestart = codes.slice(codes.indexOf("TLS_EXPIRED"));
    expect(fromRestart.length).toBeGreaterThan(10);
    expect(new Set(fromRestart)).toEqual(new Set(["TLS_EXPIRED"]));
    expect(seen.record.requests.completed).toBeGreaterThanOrEqual(30);
    expect(seen.record.metrics.outputTokens).toBe(seen.record.requests.completed * tokensPerAnswer);
  });
});

describe("on the command line", () => {
  const quick = ["--target-qps", "100", "--duration", "300ms", "--min-queries", "64", "--percentile", "90"];
  const runFlags = (url: string) => {
    const data = ["--max-tokens", "4", "--dataset-option", "size=8"];
    return ["run", "--endpoint", url, ...quick, ...data, "--output", newOutput(), "--quiet"];
  };

  it("an authority by NODE_EXTRA_CA_CERTS, by FLEXBENCH_TLS_CA, and by a file", async () => {
    await withSim(serving(servers.server), async ({ url }) => {
      const file = join(folder, "flexbench.yaml");
      writeFileSync(file, JSON.stringify({ tlsCa: ca }));
      expect(await flexbench(runFlags(url), { NODE_EXTRA_CA_CERTS: ca })).toMatchObject({ code: 0 });
      expect(await flexbench(runFlags(url), { FLEXBENCH_TLS_CA: ca })).toMatchObject({ code: 0 });
      expect(await flexbench([...runFlags(url), "--config", file])).toMatchObject({ code: 0, stderr: "" });
      expect(await flexbench(runFlags(url))).toMatchObject({
        code: 4,
        stdout: "",
        stderr: expect.stringContaining("ENDPOINT_TLS_UNTRUSTED"),
      });
    });
  });

  it("serve sim speaks https, and asks for client certificates", async () => {
    const { cert, key } = servers.server;
    const flags = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca];
    const served = spawn(process.execPath, [join(root, "dist/cli.js"), "serve", "sim", ...flags]);
    try {
      const [url] = (await once(createInterface(served.stdout), "line")) as [string];
      expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      const bring = ["--tls-ca", ca, "--tls-cert", client.cert, "--tls-key", client.key];
      expect(await flexbench(["probe", url, ...bring])).toMatchObject({ code: 0 });
      expect(await flexbench(["probe", url, "--tls-ca", ca])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("ENDPOINT_TLS_CLIENT_CERTIFICATE"),
      });
    } finally {
      served.kill("SIGTERM");
      await once(served, "close");
    }
  });
});

describe("the simulator refuses", () => {
  const { server, selfSigned } = servers;
  it.each<[string, SimOptions, string, string]>([
    ["a key alone", { tlsKey: server.key }, "SIM_OPTIONS", "tlsCert"],
    ["a certificate alone", { tlsCert: server.cert }, "SIM_OPTIONS", "tlsKey"],
    ["an authority alone", { tlsClientCa: ca }, "SIM_OPTIONS", "tlsCert"],
    ["the key of another", { tlsCert: server.cert, tlsKey: selfSigned.key }, "SIM_OPTIONS", "cannot be used"],
    ["what is no certificate", { tlsCert: server.key, tlsKey: server.key }, "SIM_OPTIONS", "cannot be used"],
    ["no file", { tlsCert: join(folder, "none.pem"), tlsKey: server.key }, "TLS_FILE_UNREADABLE", "none.pem"],
  ])("%s", async (_name, options, code, message) => {
    await expect(startQuickSim(options)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });
});
