import type { z } from "zod";
import type { Device } from "./device-detection.ts";
import type { LaunchSettings } from "./launch-settings.ts";

/** Where a server is about to run. */
export interface LaunchPlace {
  device: Device;
  /** Accelerators that it may use, by number or UUID; null: it is not told. */
  gpus: readonly string[] | null;
  /** Address to listen on, as seen from where it runs. */
  host: string;
  port: number;
  /** It runs in a container, with the programs of its image. */
  inContainer: boolean;
  /** Id or path of the model, as seen from where it runs; null where none was named. */
  model: string | null;
}

/** One of several machines that serve a model together. */
export interface ServerNode {
  /** How many they are. */
  nodes: number;
  /** 0 is the head: the one that clients speak to. */
  rank: number;
  /** Host of the head, as the others reach it. */
  head: string;
  /** Port of the head at which they meet. */
  headPort: number;
}

/** A program with its arguments, and the variables that it needs beside those of FlexBench. */
export interface ServerCommand {
  executable: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/** A reason for which a server may not start. */
export interface KnownFailure {
  /** Upper-case code of the error. */
  code: string;
  /** Finds the line of the log that tells of it. */
  pattern: RegExp;
  /** What happened, to follow "…, because ". */
  cause: string;
  /** What to do about it, one sentence. */
  hint: string;
}

/** A kind of server that FlexBench can start. */
export interface ServerDefinition<Settings extends LaunchSettings = LaunchSettings> {
  /** What `flexbench serve` calls it. */
  name: string;
  /** What people call it. */
  title: string;
  /** Reads its settings; each field has a description, and is a flag of `flexbench serve`. */
  settings: z.ZodObject & z.ZodType<Settings>;
  /** What it can compute on. */
  devices: readonly Device[];
  /** How it is started. Settings that exclude each other are refused before, by `settings`. */
  command(settings: Settings, place: LaunchPlace): ServerCommand;
  /** The pinned image that has it for a device; null where the user must name one. */
  image(device: Device): string | null;
  /** It loads the model that it is given, and has none of its own. @default false */
  needsModel?: boolean;
  /** Name of the model that it serves where none is asked for. @default it is not known before */
  ownModel?: string;
  /** Variable that holds the key clients must bring; null: it has none. @default null */
  apiKeyVariable?: string | null;
  /** Answers 200 once the model is loaded. @default "/health" */
  healthPath?: string;
  /** Longest time until then, seconds. @default 1800 */
  readyWithinSeconds?: number;
  /** Flags that would show a secret on the command line, and the variable to use instead; null: there is none. @default none */
  secretFlags?: Readonly<Record<string, string | null>>;
  /** Flags of its own that say that other machines serve the model too. @default none */
  multiNodeFlags?: readonly string[];
  /** Settings as given with what makes it one of several nodes. @default it runs on one machine alone */
  onNodes?(given: Readonly<Record<string, unknown>>, node: ServerNode): Readonly<Record<string, unknown>>;
  /** Reasons for a failed start, the most telling first. @default those that all servers share */
  failures?: readonly KnownFailure[];
}

/** Gives a server definition its type. A plain object: nothing is registered anywhere. */
export function defineServer<Settings extends LaunchSettings>(
  definition: ServerDefinition<Settings>,
): ServerDefinition<Settings> {
  return definition;
}
