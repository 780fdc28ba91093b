import { basename } from "node:path";
import { mask, maskSecretPairs, maskUrl } from "../../config/secrets.ts";

/** A server of models that runs on this machine. */
export interface ServerProcess {
  name: "vLLM" | "SGLang" | "llama.cpp" | "TGI" | "TensorRT-LLM";
  /** From the program's name on, secrets masked. */
  command: string;
  port: number;
}

interface KnownServer {
  name: ServerProcess["name"];
  /** Index of the first word that tells; -1 for another program. */
  find: (words: readonly string[]) => number;
  defaultPort: number;
}

const module =
  (name: string) =>
  (words: readonly string[]): number =>
    words.findIndex((word, index) => word === name && words[index - 1] === "-m");

const program =
  (name: string, next?: string) =>
  (words: readonly string[]): number =>
    // A Python script's name is the second word.
    words
      .slice(0, 2)
      .findIndex(
        (word, index) => basename(word) === name && (next === undefined || words[index + 1] === next),
      );

const knownServers: readonly KnownServer[] = [
  { name: "vLLM", find: program("vllm", "serve"), defaultPort: 8000 },
  { name: "vLLM", find: module("vllm.entrypoints.openai.api_server"), defaultPort: 8000 },
  { name: "SGLang", find: module("sglang.launch_server"), defaultPort: 30_000 },
  { name: "llama.cpp", find: program("llama-server"), defaultPort: 8080 },
  { name: "TGI", find: program("text-generation-launcher"), defaultPort: 80 },
  { name: "TensorRT-LLM", find: program("trtllm-serve"), defaultPort: 8000 },
];

/** Servers among the command lines of processes, each once; every command line is a list of words. */
export function findServerProcesses(commandLines: readonly (readonly string[])[]): ServerProcess[] {
  const found = commandLines.flatMap((words) => {
    for (const { name, find, defaultPort } of knownServers) {
      const start = find(words);
      if (start === -1) continue;
      const own = words.slice(start);
      const command = [basename(own[0] ?? ""), ...maskedWords(own.slice(1))].join(" ");
      return [{ name, command, port: portOf(own) ?? defaultPort }];
    }
    return [];
  });
  // Workers of a server often keep its command line.
  return found.filter(
    ({ command }, index) => found.findIndex((other) => other.command === command) === index,
  );
}

function portOf(words: readonly string[]): number | null {
  const index = words.findIndex((word) => /^--port(=|$)/.test(word));
  if (index === -1) return null;
  const port = Number(words[index]?.split("=")[1] ?? words[index + 1]);
  return Number.isInteger(port) && port > 0 ? port : null;
}

function maskedWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const [flag = "", value] = word.split(/=(.*)/s);
    if (value !== undefined && isSecret(flag)) return `${flag}=${mask}`;
    const previous = words[index - 1] ?? "";
    if (previous.startsWith("--") && !word.startsWith("--") && isSecret(previous)) return mask;
    return maskUrl(word);
  });
}

function isSecret(flag: string): boolean {
  return flag.startsWith("--") && maskSecretPairs({ [flag]: "" })[flag] === mask;
}
