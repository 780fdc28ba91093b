#!/usr/bin/env node
// Stands in for kubectl and its cluster in tests: keeps objects as files below KUBECTL_ROOT, carries out Jobs and Deployments as
// processes of this machine, and notes every call. What an API server would check is checked elsewhere, by its schemas.
//   KUBECTL_LATE_MS   how long a Deployment takes until its server is started
//   image `broken:1`  a Deployment whose server ends at once, out of memory
//   ROOT/no-copy      while this file is there, nothing can be copied out of a pod
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const root = process.env.KUBECTL_ROOT;
const flexbench = process.env.KUBECTL_FLEXBENCH;
const lateMs = Number(process.env.KUBECTL_LATE_MS ?? 0);
const words = process.argv.slice(2);
const objects = join(root, "objects");
const states = join(root, "states");
const volume = join(root, "volume");
for (const folder of [objects, states, volume]) mkdirSync(folder, { recursive: true });
appendFileSync(join(root, "calls.txt"), `${words.join(" ")}\n`);

const inVolume = (path) => join(volume, path.replace(/^\/campaigns\/?/, ""));
const stateFile = (kind, name) => join(states, `${kind}-${name}`);
const [verb, ...rest] = words;
const verbs = { apply, get: list, cp: copy, exec: execute, wait: () => {}, logs, delete: remove };
if (!(verb in verbs)) throw new Error(`unknown verb ${verb}`);
await verbs[verb]();

function all() {
  return readdirSync(objects).map((name) => JSON.parse(readFileSync(join(objects, name), "utf8")));
}

async function apply() {
  let text = "";
  for await (const part of process.stdin) text += part;
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS();
    const { kind, metadata } = manifest;
    writeFileSync(join(objects, `${kind}-${metadata.name}.json`), JSON.stringify(manifest));
    if (kind === "Job") startJob(manifest);
    if (kind === "Deployment") startDeployment(manifest);
    process.stdout.write(`${kind}/${metadata.name} created\n`);
  }
}

function startJob({ metadata, spec }) {
  const { containers, volumes } = spec.template.spec;
  const [container] = containers;
  const files = join(states, `files-${metadata.name}`);
  mkdirSync(files);
  const projected = volumes.find(({ name }) => name === "files").projected.sources;
  for (const { configMap } of projected) {
    const { data } = JSON.parse(readFileSync(join(objects, `ConfigMap-${configMap.name}.json`), "utf8"));
    for (const [name, text] of Object.entries(data)) writeFileSync(join(files, name), text);
  }
  const args = container.args.map((word) => {
    if (word === "/campaign-files") return files;
    // Services have no names here.
    return word.startsWith("/campaigns/")
      ? inVolume(word)
      : word.replace(/^http:\/\/[^:]+:/, "http://127.0.0.1:");
  });
  run("Job", metadata.name, args, 0, { FLEXBENCH_POD: `${metadata.name}-pod` });
}

function startDeployment({ metadata, spec }) {
  const [{ image, command, args }] = spec.template.spec.containers;
  if (image === "broken:1") {
    writeFileSync(
      `${stateFile("Deployment", metadata.name)}.log`,
      "torch.OutOfMemoryError: CUDA out of memory\n",
    );
    writeFileSync(stateFile("Deployment", metadata.name), "broken");
  } else if (command?.[0] !== "flexbench") throw new Error(`cannot start ${command}`);
  else run("Deployment", metadata.name, args, lateMs, {});
}

function run(kind, name, args, afterMs, variables) {
  const state = stateFile(kind, name);
  writeFileSync(state, "running");
  const runner = `
    const { spawn } = require("node:child_process"), fs = require("node:fs");
    setTimeout(() => {
      const log = fs.openSync(${JSON.stringify(`${state}.log`)}, "a");
      const child = spawn(process.execPath, ${JSON.stringify([flexbench, ...args])}, { stdio: ["ignore", log, log] });
      child.once("close", () => fs.writeFileSync(${JSON.stringify(state)}, "ended"));
    }, ${afterMs});`;
  const child = spawn(process.execPath, ["-e", runner], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, ...variables },
  });
  child.unref();
  writeFileSync(`${state}.pid`, String(child.pid));
}

function list() {
  const items = all().flatMap(({ kind, metadata, spec }) => {
    if (kind !== "Job" && kind !== "Deployment") return [];
    const state = readFileSync(stateFile(kind, metadata.name), "utf8");
    if (kind === "Deployment") {
      const { labels } = spec.template.metadata;
      return [{ kind: "Pod", metadata: { name: `${metadata.name}-pod`, labels }, status: podStatus(state) }];
    }
    const isOver = state === "ended";
    return [
      {
        kind,
        metadata,
        status: isOver ? { conditions: [{ type: "Complete", status: "True" }] } : { active: 1 },
      },
    ];
  });
  process.stdout.write(JSON.stringify({ kind: "List", items }));
}

function podStatus(state) {
  const container = {
    broken: {
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { reason: "Error", exitCode: 1 } },
    },
    running: { ready: true, state: { running: {} } },
  }[state];
  return { containerStatuses: container === undefined ? [] : [container] };
}

function copy() {
  const [from, to] = rest;
  const place = (path) => (path.includes(":/campaigns") ? inVolume(path.slice(path.indexOf(":") + 1)) : path);
  if (!existsSync(place(from))) process.exit(1);
  cpSync(place(from), place(to), { recursive: true });
}

function execute() {
  const [program, ...args] = rest.slice(rest.indexOf("--") + 1);
  if (program === "tar" && existsSync(join(root, "no-copy"))) process.exit(2);
  const mapped = args.map((word) => (word.startsWith("/campaigns/") ? inVolume(word) : word));
  const { status } = spawnSync(program, mapped, { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

function logs() {
  const [kind, name] = rest[0].split("/");
  const file = `${stateFile(kind === "job" ? "Job" : "Deployment", name)}.log`;
  if (!existsSync(file)) process.exit(1);
  process.stdout.write(readFileSync(file));
}

function remove() {
  const [kinds, name] = rest;
  const wanted = kinds.split(",");
  const [label, value] = name === "--selector" ? rest[2].split("=") : [];
  for (const { kind, metadata } of all()) {
    const isMeant = label === undefined ? metadata.name === name : metadata.labels[label] === value;
    if (!isMeant || !wanted.includes(kind.toLowerCase())) continue;
    rmSync(join(objects, `${kind}-${metadata.name}.json`));
    const pid = `${stateFile(kind, metadata.name)}.pid`;
    if (!existsSync(pid)) continue;
    try {
      process.kill(-Number(readFileSync(pid, "utf8")), "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
