import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { closestName } from "../config/closest-name.ts";
import { type Problem, UsageError } from "../errors.ts";

/** What a system costs for an hour. */
export interface SystemPrice {
  /** In `currency`. */
  perHour: number;
  currency: string;
  /** Where the price is from, e.g. `--price-per-hour` or `prices.yaml: H100 × 8`. */
  source: string;
}

const price = z.union([
  z.number().positive(),
  z.strictObject({ perHour: z.number().positive(), source: z.string().optional() }),
]);

const priceBook = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be three capital letters, such as USD")
    .default("USD"),
  accelerators: z.record(z.string(), price),
});

/**
 * Looks up a system in a price book, a YAML file:
 * `currency: USD` and `accelerators:`, each with a price per hour or a mapping of `perHour` and `source`.
 * Throws UsageError with everything that is wrong with the book, or when it does not hold the accelerator.
 */
export async function priceFromBook(
  path: string,
  accelerator: string,
  accelerators: number,
): Promise<SystemPrice> {
  const book = await readBook(path);
  const names = Object.keys(book.accelerators);
  const entry = book.accelerators[accelerator];
  if (entry === undefined) {
    const meant = closestName(accelerator, names);
    throw new UsageError(
      "PRICE_UNKNOWN",
      [{ where: "--accelerator", message: `${accelerator} is not in ${path}` }],
      { hint: meant === null ? `It has ${names.join(", ") || "none"}.` : `Did you mean ${meant}?` },
    );
  }
  const { perHour, source } = typeof entry === "number" ? { perHour: entry, source: undefined } : entry;
  const place = `${path}: ${accelerator} × ${accelerators}`;
  return {
    perHour: perHour * accelerators,
    currency: book.currency,
    source: source === undefined ? place : `${place} (${source})`,
  };
}

async function readBook(path: string): Promise<z.output<typeof priceBook>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused([{ where: "--price-book", message: `cannot be read (${reason})` }], cause);
  }
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [sentence = "it cannot be read"] = mistake.message.split("\n");
    throw refused([{ where: path, message: `is not YAML: ${sentence.replace(/:$/, "")}` }], mistake);
  }
  const read = priceBook.safeParse(document.toJS());
  if (read.success) return read.data;
  throw refused(
    read.error.issues.map(({ path: keys, message }) => ({
      where: [path, keys.join(".")].filter((part) => part !== "").join(": "),
      message,
    })),
    read.error,
  );
}

function refused(problems: Problem[], cause: unknown): UsageError {
  return new UsageError("PRICE_BOOK", problems, {
    hint: "A price book has accelerators: and under it a price per hour for each name.",
    cause,
  });
}
