#!/usr/bin/env node
// Stands in for kubectl and its cluster in tests: keeps objects as files below KUBECTL_ROOT, carries out Jobs as processes of this
// machine, and notes every call. What an API server would check is checked elsewhere, by its schemas.
import { spawn } from "node:child_process";
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
const words = process.argv.slice(2);
const objects = join(root, "objects");
const volume = join(root, "volume");
mkdirSync(objects, { recursive: true });
mkdirSync(volume, { recursive: true });
appendFileSync(join(root, "calls.txt"), `${words.join(" ")}\n`);

const inVolume = (path) => join(volume, path.replace(/^\/campaigns\/?/, ""));
const [verb, ...rest] = words;
const verbs = { apply, get: list, cp: copy, exec: execute, wait: () => {}, logs, delete: remove };
if (!(verb in verbs)) throw new Error(`unknown verb ${verb}`);
await verbs[verb]();

async function apply() {
  let text = "";
  for await (const part of process.stdin) text += part;
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS();
    const { kind, metadata } = manifest;
    writeFileSync(join(objects, `${kind}-${metadata.name}.json`), JSON.stringify(manifest));
    if (kind === "Job") startJob(manifest);
    process.stdout.write(`${kind}/${metadata.name} created\n`);
  }
}

function startJob({ metadata, spec }) {
  const [container] = spec.template.spec.containers;
  const args = container.args.map((word) => (word.startsWith("/campaigns/") ? inVolume(word) : word));
  const state = join(objects, `state-${metadata.name}`);
  writeFileSync(state, "running");
  const runner = `
    const { spawnSync } = require("node:child_process"), fs = require("node:fs");
    const { stdout, stderr } = spawnSync(process.execPath, ${JSON.stringify([flexbench, ...args])}, { encoding: "utf8" });
    fs.writeFileSync(${JSON.stringify(`${state}.log`)}, stdout + stderr);
    fs.writeFileSync(${JSON.stringify(state)}, "ended");`;
  spawn(process.execPath, ["-e", runner], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, FLEXBENCH_POD: `${metadata.name}-pod` },
  }).unref();
}

function list() {
  const items = readdirSync(objects)
    .filter((name) => name.startsWith("Job-"))
    .map((name) => {
      const { metadata } = JSON.parse(readFileSync(join(objects, name), "utf8"));
      const isOver = readFileSync(join(objects, `state-${metadata.name}`), "utf8") === "ended";
      return {
        metadata,
        status: isOver ? { conditions: [{ type: "Complete", status: "True" }] } : { active: 1 },
      };
    });
  process.stdout.write(JSON.stringify({ items }));
}

function copy() {
  const [from, to] = rest;
  const place = (path) => (path.includes(":/campaigns") ? inVolume(path.slice(path.indexOf(":") + 1)) : path);
  if (!existsSync(place(from))) process.exit(1);
  cpSync(place(from), place(to), { recursive: true });
}

function execute() {
  mkdirSync(inVolume(rest.at(rest.indexOf("-p") + 1)), { recursive: true });
}

function logs() {
  const [kind, name] = rest[0].split("/");
  const file = join(objects, `state-${name}.log`);
  if (kind !== "job" || !existsSync(file)) process.exit(1);
  process.stdout.write(readFileSync(file));
}

function remove() {
  const [kinds, name] = rest;
  for (const kind of kinds.split(","))
    rmSync(join(objects, `${kind[0].toUpperCase()}${kind.slice(1)}-${name}.json`), { force: true });
}
