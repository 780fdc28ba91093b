import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import * as z from "zod";
import { UsageError } from "../errors.ts";
import { type UnitPrice, unitPriceSchema } from "./configuration-cost.ts";
import { chipSchema, type OwnChip } from "./question-schema.ts";
import { schemaProblems } from "./schema-problems.ts";

/** A chip of one's own, and its price where the file tells one. */
export interface ChipFile {
  chip: OwnChip;
  price: UnitPrice | null;
}

const chipFileSchema = z.strictObject({
  ...chipSchema.shape,
  price: unitPriceSchema.partial().optional(),
});

/** Reads a chip of one's own: YAML or JSON with the fields of the catalog, and `price:`. Throws UsageError `CHIP_FILE`. */
export async function readChip(path: string): Promise<ChipFile> {
  const document = parseDocument(await textOf(path));
  const [mistake] = document.errors;
  if (mistake !== undefined) throw refused(path, [`is not YAML: ${mistake.message.split("\n")[0]}`], mistake);
  const read = chipFileSchema.safeParse(document.toJS());
  if (!read.success)
    throw refused(
      path,
      schemaProblems(read.error).map(({ where, message }) => `${where} ${message}`),
      read.error,
    );
  const { price, ...chip } = read.data;
  if (price === undefined) return { chip, price: null };
  return { chip, price: { hourly: price.hourly ?? null, purchase: price.purchase ?? null } };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw refused(
      path,
      [`cannot be read (${cause instanceof Error ? cause.message : String(cause)})`],
      cause,
    );
  }
}

function refused(path: string, messages: readonly string[], cause: unknown): UsageError {
  return new UsageError(
    "CHIP_FILE",
    messages.map((message) => ({ where: path, message })),
    {
      cause,
      hint: "It needs name, vendor, family, memoryGb, memory_bandwidth_tbps and peak_bf16_tflops.",
    },
  );
}
