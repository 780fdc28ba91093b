// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { EnvironmentError, FlexBenchError } from "#src/errors.js";
import type { RunRecord } from "#src/results/record.js";
import { defineServer } from "#src/server/define-server.js";
import { launchFields } from "#src/server/launch-settings.js";
import type { RunningServer } from "#src/server/running-server.js";
import { serverLogFolder } from "#src/server/server-logs.js";
import { spawnSim } from "#src/server/sim-process.js";
import { type StartedServer, startDefined, startServer } from "#src/server/start-server.js";
import { temporaryFolder } from "./child-script.js";
import { recordedEngine, recordedPrograms } from "./recorded-programs.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "dist", "cli.js");
const scratch = temporaryFolder();
// Logs that nobody names stand there.
process.env.FLEXBENCH_CACHE = scratch;
let folders = 0;
function newFolder(): string {
  const folder = join(scratch, String(++folders));
  mkdirSync(folder);
  return folder;
}

const sim = `${process.execPath} ${cli} serve sim --port {port} --ttft 2ms --itl 1ms`;

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function allGone(pids: readonly number[]): Promise<boolean> {
  const deadline = performance.now() + 15_000;
  while (pids.some(isAlive) && performance.now() < deadline) await sleep(20);
  return !pids.some(isAlive);
}

const failureOf = async (work: Promise<StartedServer>): Promise<FlexBenchError> => {
  const error = await work.then(
    (server) => server.stop().then(() => null),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlexBenchError)) throw new Error(`expected a failure, not ${String(error)}`);
  return error;
};

/** A server with a child of its own, and one that left its session: their numbers stand in the file. */
function family(folder: string): { command: string; pids(): number[] } {
  const file = join(folder, "pids");
  const note = `sleep 600 & echo $! > ${file}; setsid sh -c 'echo $$ >> ${file}; exec sleep 601' &`;
  return {
    command: `${note} echo $$ >> ${file}; ${sim} & wait`,
    pids: () => readFileSync(file, "utf8").trim().split("\n").map(Number),
  };
}

describe("a started server", () => {
  it("serves, keeps its log, and ends with all that it started", async () => {
    const folder = newFolder();
    const { command, pids } = family(folder);
    const logPath = join(folder, "server.log");
    const server = await startServer("command", { command }, { logPath });
    expect(server).toMatchObject({ name: "flexbench-sim", model: "sim", simulated: true });
    expect(server.launch).toMatchObject({ kind: "command", container: null });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(readFileSync(logPath, "utf8")).toContain(server.url);
    expect(pids().filter(isAlive)).toHaveLength(3);
    await server.stop();
    expect(pids().filter(isAlive)).toEqual([]);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  it("tells when it dies, and leaves nothing", async () => {
    const { command, pids } = family(newFolder());
    const server = await startServer("command", { command: `${command}; echo "FatalError: gone"; exit 7` });
    const [sleeper = 0] = pids();
    process.kill(server.pid ?? 0, "SIGKILL");
    expect(await server.died).toMatch(/^The server was ended by SIGKILL/);
    expect(await allGone([sleeper, ...pids()])).toBe(true);
    await server.stop();
  });

  it("ends when its supervisor is killed", async () => {
    const { command, pids } = family(newFolder());
    const server = await startServer("command", { command });
    const stat = readFileSync(`/proc/${server.pid}/stat`, "latin1");
    process.kill(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]), "SIGKILL");
    await server.died;
    expect(await allGone(pids())).toBe(true);
  });

  it("leaves nothing when FlexBench is killed, ready or not", async () => {
    for (const isReady of [true, false]) {
      const folder = newFolder();
      const { command, pids } = family(folder);
      const start = isReady ? command : command.replace(sim, "sleep 602");
      const child = spawn(process.execPath, [cli, "serve", "command", start, "--log", join(folder, "log")], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      if (isReady) await once(child.stdout, "data");
      else await expect.poll(() => readPids(pids), { timeout: 15_000 }).toHaveLength(3);
      expect(pids().map(isAlive)).toEqual([true, true, true]);
      child.kill("SIGKILL");
      expect(await allGone(pids())).toBe(true);
    }
  }, 30_000);
});

function readPids(pids: () => number[]): number[] {
  try {
    return pids();
  } catch {
    return [];
  }
}

describe("somebody else's server", () => {
  let foreign: RunningServer;
  beforeAll(async () => {
    foreign = await spawnSim({ model: "other" });
  });
  afterAll(() => foreign.stop());

  it("at the port that was asked for is not taken for the one to start", async () => {
    const started = join(newFolder(), "started");
    const port = Number(new URL(foreign.url).port);
    const settings = { command: `touch ${started}; sleep 605`, port, model: "m" };
    const error = await failureOf(startServer("command", settings));
    expect(error).toMatchObject({
      code: "SERVER_PORT_TAKEN",
      message: `The server cannot listen on 127.0.0.1:${port}: something else does already.`,
    });
    expect(existsSync(started)).toBe(false);
  });

  it("or model is not taken for the one that was asked for", async () => {
    const { command, pids } = family(newFolder());
    const settings = { command: command.replace("serve sim", "serve sim --model other"), model: "m" };
    const error = await failureOf(startServer("command", settings));
    expect(error).toMatchObject({ code: "SERVER_MODEL", message: "The server serves other, not m." });
    expect(pids().filter(isAlive)).toEqual([]);
    // What the server calls the model can be said.
    const named = await startServer("command", {
      ...{ command: `${sim} --model other`, model: "m", servedModelName: "other" },
    });
    expect(named.model).toBe("other");
    await named.stop();
  });
});

describe("a process that ends while somebody else answers", () => {
  it("is not ready", async () => {
    const answering = createServer((_request, response) => response.end("{}"));
    const dying = defineServer({
      ...{ name: "dying", title: "Mine", settings: z.strictObject(launchFields), devices: ["cpu"] },
      command: (_settings, { port }) => {
        // After the port was found free, and while what the process left behind is still ended.
        setTimeout(() => answering.listen(port, "127.0.0.1"), 500);
        const words = ["-c", "(trap '' TERM; exec sleep 4) & exit 5"];
        return { executable: "/bin/sh", arguments: words, environment: {} };
      },
      image: () => null,
    });
    const error = await failureOf(startDefined(dying, { device: "cpu" }));
    answering.close();
    expect(error.message).toBe("Mine ended with exit code 5.");
  }, 30_000);
});

describe("a log that nobody gave a place", () => {
  const logs = () => readdirSync(serverLogFolder(process.env));
  beforeAll(() => mkdirSync(serverLogFolder(process.env), { recursive: true }));

  it("stays after a failure alone, and for a week", async () => {
    const before = logs();
    const server = await startServer("command", { command: sim });
    expect(logs()).toHaveLength(before.length + 1);
    await server.stop();
    expect(logs()).toEqual(before);

    const old = join(serverLogFolder(process.env), "old.log");
    writeFileSync(old, "");
    utimesSync(old, 0, 0);
    const error = await failureOf(startServer("command", { command: "exit 3" }));
    const added = logs().filter((name) => !before.includes(name));
    expect(added).toHaveLength(1);
    expect(error.hint).toContain(join(serverLogFolder(process.env), added[0] ?? ""));

    const interruption = new AbortController();
    const settings = { command: "sleep 606" };
    const interrupted = failureOf(startServer("command", settings, { signal: interruption.signal }));
    await expect.poll(() => logs().length, { timeout: 20_000 }).toBe(before.length + 2);
    interruption.abort();
    await interrupted;
    expect(logs()).toHaveLength(before.length + 1);
  }, 60_000);
});

describe("a server that does not come up", () => {
  it("and was killed is likely to have had too little memory", async () => {
    const error = await failureOf(startServer("command", { command: "echo loading; kill -KILL $$" }));
    expect(error.code).toBe("SERVER_OUT_OF_MEMORY");
    expect(error.message).toMatch(/^The server was ended by SIGKILL: .* memory runs out\.\n {2}loading$/);
    const inner = await failureOf(startServer("command", { command: "sh -c 'kill -KILL $$'; exit $?" }));
    expect(inner.code).toBe("SERVER_OUT_OF_MEMORY");
  });

  it("is told with the decisive lines, the fix and where the log is", async () => {
    const logPath = join(newFolder(), "server.log");
    const command =
      "echo starting; echo 'torch.OutOfMemoryError: CUDA out of memory. Tried 9 GiB.' >&2; exit 3";
    const error = await failureOf(startServer("command", { command }, { logPath }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.code).toBe("SERVER_OUT_OF_MEMORY");
    expect(error.message).toBe(
      "The server ended with exit code 3: there is not enough memory.\n  torch.OutOfMemoryError: CUDA out of memory. Tried 9 GiB.",
    );
    expect(error.hint).toContain("--tensor-parallel");
    expect(error.hint).toContain(logPath);
  });

  it("is ended after the time that was given", async () => {
    const { command, pids } = family(newFolder());
    const settings = { command: command.replace(sim, "sleep 603"), readyWithin: "500ms" };
    const error = await failureOf(startServer("command", settings));
    expect(error.message).toMatch(/^The server was not ready within 1 s/);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it("is ended when the start is interrupted", async () => {
    const { command, pids } = family(newFolder());
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 500);
    const settings = { command: command.replace(sim, "sleep 604") };
    const error = await failureOf(startServer("command", settings, { signal: interruption.signal }));
    expect(error.message).toMatch(/was stopped before it was ready/);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it("is missed by its name", async () => {
    const environment = { ...process.env, PATH: newFolder() };
    const error = await failureOf(startServer("vllm", { model: "m" }, { environment }));
    expect(error).toMatchObject({ code: "SERVER_MISSING", message: "There is no program vllm." });
    const container = await failureOf(
      startServer("vllm", { model: "m", container: "podman" }, { environment }),
    );
    expect(container).toMatchObject({ code: "CONTAINER_ENGINE", message: "There is no program podman." });
  });
});

describe("a server of one's own", () => {
  it("is defined, started twice where its port is taken, and read as those that are known", async () => {
    const folder = newFolder();
    const own = defineServer({
      name: "own",
      title: "Mine",
      settings: z.strictObject({ ...launchFields, delay: z.string() }),
      devices: ["cpu"],
      command: ({ delay }, { port }) => ({
        executable: "/bin/sh",
        arguments: [
          "-c",
          `mkdir ${folder}/once && echo "bind: Address already in use" && exit 1; exec ${process.execPath} ${cli} serve sim --port ${port} --ttft ${delay}`,
        ],
        environment: {},
      }),
      image: () => null,
    });
    const server = await startDefined(own, { delay: "1ms", device: "cpu" });
    expect(server.launch).toMatchObject({ kind: "own", settings: { delay: "1ms" } });
    await server.stop();
    await expect(startDefined(own, { delay: "1ms", model: "m", speed: 1 })).rejects.toThrow(
      "speed: is no setting of own",
    );
  });
});

describe("a recorded container engine", () => {
  it("is asked for the image, pulls it once, runs it, and removes the container", async () => {
    const folder = newFolder();
    const smi = `console.log("0, NVIDIA L4, 23034\\n1, NVIDIA L4, 23034")`;
    const { environment, calls } = recordedPrograms(folder, {
      docker: recordedEngine(folder),
      "nvidia-smi": smi,
    });
    const token = "hf_hidden123";
    const logPath = join(folder, "server.log");
    const notes: string[] = [];
    const server = await startServer(
      "vllm",
      { model: "m/m", container: "docker", gpus: "1", env: "A_KEY=hidden456" },
      {
        environment: { ...environment, HF_TOKEN: token },
        logPath,
        onProgress: (event) => event.kind === "note" && notes.push(event.message),
      },
    );
    expect(server.model).toBe("m/m");
    expect(server.launch).toMatchObject({
      container: { engine: "docker", image: "docker.io/vllm/vllm-openai:v0.32.0", digest: "sha256:2222" },
      device: "cuda",
      accelerators: [{ id: "1", name: "NVIDIA L4", memoryBytes: 23034 * 2 ** 20 }],
    });
    await server.stop();
    const engine = calls().filter(([program]) => program === "docker");
    expect(engine.map(([, verb]) => verb)).toEqual(["image", "pull", "image", "run", "rm"]);
    const [run = [], removal = []] = engine.slice(-2);
    const name = run[run.indexOf("--name") + 1];
    expect(name).toMatch(/^flexbench-vllm-[0-9a-f]{8}$/);
    expect(removal.slice(2)).toEqual(["--force", name]);
    expect(run.join(" ")).toContain("--env HF_TOKEN --env A_KEY ");
    expect(notes).toEqual(["Pulling docker.io/vllm/vllm-openai:v0.32.0, once."]);
    const log = readFileSync(logPath, "utf8");
    expect(log).toContain("the token is ***");
    expect(JSON.stringify([calls(), log, server.launch])).not.toMatch(/hidden123|hidden456/);
  });

  it("removes the container when FlexBench is killed", async () => {
    const folder = newFolder();
    const { environment, calls } = recordedPrograms(folder, { podman: recordedEngine(folder) });
    const words = ["serve", "vllm", "m/m", "--container", "podman", "--log", join(folder, "log")];
    const child = spawn(process.execPath, [cli, ...words], {
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGKILL");
    await expect.poll(() => calls().at(-1)?.[1], { timeout: 10_000 }).toBe("rm");
    await expect(fetch(`${line.toString().trim()}/health`)).rejects.toThrow();
  });

  it("that cannot pull is told", async () => {
    const folder = newFolder();
    const { environment } = recordedPrograms(folder, {
      docker: `console.error("no such host"); process.exit(1)`,
    });
    const error = await failureOf(startServer("vllm", { model: "m", container: "docker" }, { environment }));
    expect(error).toMatchObject({
      code: "CONTAINER_IMAGE",
      message: expect.stringContaining("no such host"),
    });
  });
});

describe("a real container engine", () => {
  const answer = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  it.skipIf(answer.status !== 0)("is asked for an image that nobody has", async () => {
    const settings = { model: "m", container: "docker", image: "flexbench-has-no-such/image:1" };
    const error = await failureOf(startServer("vllm", settings));
    expect(error.code).toBe("CONTAINER_IMAGE");
  });
});

describe("flexbench run --serve", () => {
  const load = ["--target-qps", "50", "--duration", "500ms", "--min-queries", "10", "--max-tokens", "4"];

  function flexbench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [cli, ...words], { encoding: "utf8", cwd: root });
  }

  it("starts a server for the run, records how, keeps its log, and stops it", () => {
    const output = join(newFolder(), "run");
    const command = `${process.execPath} ${cli} serve sim --port {port} --model {model} --ttft {ttft} --itl 1ms`;
    const { status, stdout, stderr } = flexbench(
      ...["run", "--serve-command", command, "--serve-option", "ttft=3ms", "--model", "m1"],
      ...[...load, "--output", output, "--json"],
    );
    expect(status, stderr).toBe(3);
    const { server, config, model, endpoints } = JSON.parse(stdout) as RunRecord;
    expect(server.launch).toMatchObject({ kind: "command", settings: { ttft: "3ms", model: "m1" } });
    expect(server.launch?.command).toContain("--model m1 --ttft 3ms");
    expect(config.serve).toMatchObject({ kind: "command", ttft: "3ms" });
    expect(model.name).toBe("m1");
    expect(readFileSync(join(output, "server.log"), "utf8")).toContain(endpoints[0]?.url);
    const alive = spawnSync("sh", ["-c", `ps -eo args | grep -c "[s]erve sim --port.*--model m1"`]);
    expect(alive.stdout.toString().trim()).toBe("0");
  });

  it("fails with the server's own words, and leaves no run", () => {
    const output = join(newFolder(), "run");
    const { status, stderr } = flexbench(
      ...["run", "--serve-command", "echo 'No space left on device'; exit 1", ...load, "--output", output],
    );
    expect(status).toBe(1);
    expect(stderr).toContain("SERVER_DISK_FULL");
    expect(spawnSync("ls", [output]).status).not.toBe(0);
  });
});
