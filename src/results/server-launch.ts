import { z } from "zod";

const textOrNull = z.string().nullable();

/** `server.launch` of a record: how FlexBench started the server itself. */
export const serverLaunchSchema = z.object({
  /** As `flexbench serve` calls it. */
  kind: z.string(),
  /** The whole command, secrets masked. */
  command: z.string(),
  /** What was asked for, secrets masked. */
  settings: z.record(z.string(), z.unknown()),
  container: z
    .object({
      engine: z.string(),
      image: z.string(),
      /** Digest of the image; null where the engine knows none. */
      digest: textOrNull,
    })
    .nullable(),
  /** `cuda`, `rocm`, `cpu` or `arm`. */
  device: z.string(),
  /** The accelerators that it may use. */
  accelerators: z.array(z.object({ id: z.string(), name: textOrNull, memoryBytes: z.number().nullable() })),
  processor: textOrNull,
  instructionSets: z.array(z.string()),
  /** From its start until it was healthy, s. */
  startSeconds: z.number(),
  /** The first request, s. */
  warmUpSeconds: z.number(),
});

/** How FlexBench started a server. */
export type ServerLaunch = z.output<typeof serverLaunchSchema>;
