import { spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Extract, extract } from "tar-stream";
import { EnvironmentError } from "../../errors.ts";
import { campaignFiles, cellFolderOf } from "../matrix/campaign-state.ts";
import type { KubernetesSettings } from "./executor-settings.ts";
import { callKubectl, type Kubectl, kubectlWords } from "./kubectl.ts";
import { copyPod, folderInPod, type Manifest } from "./kubernetes-manifests.ts";
import { manifestText } from "./manifest-text.ts";

/** What a run writes until it is finished, and what no controller needs. */
const unfinished = "*.partial-*";

/**
 * A campaign's folder in its claim, reached through a pod that mounts it. What stands in the claim counts: the folder here
 * gets the state of all cells, and of a cell that has ended all that it measured, once.
 */
export class ClaimFiles {
  readonly #name: string;
  readonly #folder: string;
  readonly #campaign: string;
  readonly #settings: KubernetesSettings;
  readonly #kubectl: Kubectl;
  /** Ended cells that are here, each with its state. */
  readonly #fetched = new Map<string, string>();
  #isOpen = false;

  constructor(name: string, folder: string, campaign: string, settings: KubernetesSettings) {
    this.#name = name;
    this.#folder = folder;
    this.#campaign = campaign;
    this.#settings = settings;
    this.#kubectl = (words, options) => callKubectl(settings, words, options);
  }

  /** Sends what is known of cells that were begun before: their attempts, and how those ended. */
  async sendStates(cells: readonly string[]): Promise<void> {
    await this.#open();
    const begun = cells.filter((id) => existsSync(join(cellFolderOf(this.#campaign, id), "state.json")));
    if (begun.length === 0) return;
    const stage = await mkdtemp(join(tmpdir(), "flexbench-states-"));
    try {
      for (const id of begun)
        for (const name of ["state.json", "claims"]) {
          const from = join(cellFolderOf(this.#campaign, id), name);
          if (existsSync(from)) await cp(from, join(stage, id, name), { recursive: true });
        }
      await this.#kubectl(["cp", `${stage}/.`, `${this.#pod}:${this.#own}/${campaignFiles.cells}`]);
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  }

  /** Writes a file of the claim. */
  async write(file: string, text: string): Promise<void> {
    await this.#open();
    // Whole or not at all, for those who read it meanwhile.
    const script = 'cat > "$1.part" && mv "$1.part" "$1"';
    await this.#kubectl(["exec", "-i", this.#pod, "--", "sh", "-c", script, "sh", `${this.#own}/${file}`], {
      input: text,
    });
  }

  /** Throws EnvironmentError `CAMPAIGN_RESULTS` when not all could be brought here. */
  async fetch(cells: readonly string[]): Promise<void> {
    await this.#open();
    await this.#bring(["--exclude=runs", "--exclude=server.log", campaignFiles.cells]);
    const states = new Map<string, string>();
    for (const id of cells) {
      const text = await readFile(join(cellFolderOf(this.#campaign, id), "state.json"), "utf8").catch(
        () => "",
      );
      if (text !== "" && this.#fetched.get(id) !== text) states.set(id, text);
    }
    if (states.size === 0) return;
    await this.#bring([...states.keys()].map((id) => `${campaignFiles.cells}/${id}`));
    for (const [id, text] of states) this.#fetched.set(id, text);
  }

  /** Removes the pod. */
  async close(): Promise<void> {
    await this.#kubectl(["delete", "pod", this.#pod, "--ignore-not-found", "--wait=false"], {
      mustSucceed: false,
    });
    this.#isOpen = false;
  }

  get #pod(): string {
    return `${this.#name}-files`;
  }

  get #own(): string {
    return folderInPod(this.#folder);
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return;
    const pod: Manifest = copyPod(this.#name, this.#settings);
    await this.#kubectl(["apply", "--filename", "-"], { input: manifestText([pod]) });
    await this.#kubectl(["wait", "--for=condition=Ready", `pod/${this.#pod}`, "--timeout=300s"]);
    const folders = [campaignFiles.cells, campaignFiles.jobs].map((name) => `${this.#own}/${name}`);
    await this.#kubectl(["exec", this.#pod, "--", "mkdir", "-p", ...folders]);
    this.#isOpen = true;
  }

  /** Copies by tar, as `kubectl cp` does, which leaves nothing out and goes on where a file is missing. */
  async #bring(words: readonly string[]): Promise<void> {
    const tar = ["tar", "-C", this.#own, `--exclude=${unfinished}`, "-c", "-f", "-", ...words];
    const all = kubectlWords(this.#settings, ["exec", this.#pod, "--", ...tar]);
    const child = spawn("kubectl", all, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise<number | null>((done) => {
      child.once("error", () => done(null));
      child.once("close", done);
    });
    const unpacked = await unpack(child.stdout, this.#campaign).then(
      () => null,
      (error: unknown) => String(error),
    );
    const code = await ended;
    // 1: a file changed while it was read, which those of a cell that is under way may.
    if (unpacked === null && (code === 0 || (code === 1 && /changed as we read it/.test(said)))) return;
    // The pod may be gone with its node; the next call asks for it again.
    this.#isOpen = false;
    throw new EnvironmentError(
      "CAMPAIGN_RESULTS",
      `Results could not be copied out of the claim: ${unpacked ?? said.trim().split("\n").at(-1) ?? ""}`,
      {
        hint: "The jobs and the claim are left as they are; `flexbench campaign resume` fetches them again.",
      },
    );
  }
}

/** Writes the files of an archive below a folder, each whole or not at all. */
async function unpack(archive: NodeJS.ReadableStream, folder: string): Promise<void> {
  const entries = extract();
  await Promise.all([pipeline(archive, entries), writeEntries(entries, folder)]);
}

async function writeEntries(entries: Extract, folder: string): Promise<void> {
  for await (const entry of entries) {
    const path = resolve(folder, entry.header.name);
    const isInside = !relative(resolve(folder), path).startsWith("..");
    if (entry.header.type !== "file" || !isInside) {
      entry.resume();
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await pipeline(entry, createWriteStream(`${path}.fetching`));
    await rename(`${path}.fetching`, path);
  }
}
