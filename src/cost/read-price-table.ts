import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { z } from "zod";
import { type Problem, UsageError } from "../errors.ts";
import type { PriceTable } from "./price-table.ts";

export { unitPrices } from "./price-table.ts";

const ownTable = fileURLToPath(new URL("./data/prices.yaml", import.meta.url));

const sourceKeys = z.object({ sources: z.record(z.string(), z.unknown()) });

/**
 * Reads a table of prices, by default the one that FlexBench brings; prices and notes that are left out become null.
 * Throws UsageError PRICE_TABLE with everything that is wrong with the file, also for a price whose source is not listed.
 */
export async function readPriceTable(path: string = ownTable): Promise<PriceTable> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused([{ where: path, message: `cannot be read (${reason})` }], cause);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw refused(
      document.errors.map(({ message }) => ({ where: path, message: `is not YAML: ${firstLine(message)}` })),
      document.errors[0],
    );
  const content: unknown = document.toJS();
  const read = tableWithSources(sourceKeys.safeParse(content).data?.sources ?? {}).safeParse(content);
  if (read.success) return read.data;
  throw refused(
    read.error.issues.map(({ path: keys, message }) => ({
      where: [path, keys.join(".")].filter((part) => part !== "").join(": "),
      message,
    })),
    read.error,
  );
}

/** The sources of the file are known to its schema, so that one reading finds every problem. */
function tableWithSources(sources: Record<string, unknown>) {
  const price = z
    .strictObject({
      usd: z.number().positive(),
      on: z.iso.date("must be a day, such as 2026-09-20"),
      source: z
        .string()
        .refine((key) => Object.hasOwn(sources, key), { error: "is not one of the listed sources" }),
      note: z.string().min(1).nullable().default(null),
      others: z.array(z.number().positive()).optional(),
    })
    .nullable()
    .default(null);
  return z.strictObject({
    currency: z.literal("USD"),
    accelerators: z.record(z.string(), z.strictObject({ hourly: price, purchase: price })),
    sources: z.record(
      z.string(),
      z.strictObject({ title: z.string().min(1), publisher: z.string().min(1), url: z.url() }),
    ),
  });
}

function firstLine(message: string): string {
  const [sentence = "it cannot be read"] = message.split("\n");
  return sentence.replace(/:$/, "");
}

function refused(problems: Problem[], cause: unknown): UsageError {
  return new UsageError("PRICE_TABLE", problems, {
    hint: "A price table has currency: USD, accelerators: with hourly: and purchase: prices, and sources:.",
    cause,
  });
}
