import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { costOf } from "#src/cost/cost.js";
import { priceFromBook } from "#src/cost/price-book.js";
import { UsageError } from "#src/errors.js";
import { renderTable } from "#src/results/table.js";
import { readPrice } from "#src/run-observation.js";
import { temporaryFolder } from "./child-script.ts";
import { sampleRecord } from "./sample-record.ts";

const folder = temporaryFolder();
let books = 0;

function book(yaml: string): string {
  const path = join(folder, `prices-${books++}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

async function problemsOf(promise: Promise<unknown>): Promise<string[]> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof UsageError)) throw new Error(`no UsageError: ${String(error)}`);
  return [...error.problems.map(({ where, message }) => `${where}: ${message}`), error.hint ?? ""];
}

describe("cost", () => {
  const price = { perHour: 36, currency: "USD", source: "--price-per-hour" };

  test("is the price of the time that the work takes", () => {
    const rates = { tokensPerSecond: 1000, promptTokensPerSecond: 4000, samplesPerSecond: 10 };
    expect(costOf(price, rates)).toEqual({
      pricePerHour: 36,
      currency: "USD",
      perMillionOutputTokens: 10,
      perMillionTokens: 2,
      perThousandRequests: 1,
      source: "--price-per-hour",
    });
  });

  test("of what was not measured is null, never 0 or endless", () => {
    const rates = { tokensPerSecond: 1000, promptTokensPerSecond: null, samplesPerSecond: 0 };
    expect(costOf(price, rates)).toMatchObject({ perMillionTokens: null, perThousandRequests: null });
    expect(costOf(price, { ...rates, tokensPerSecond: null }).perMillionOutputTokens).toBeNull();
  });

  test("stands in the table", () => {
    const cost = costOf(price, { tokensPerSecond: 1000, promptTokensPerSecond: 4000, samplesPerSecond: 10 });
    const table = renderTable(sampleRecord({ cost }), { width: 100 });
    expect(table).toContain("Cost        10 USD per million output tokens · 1 USD per 1,000 requests");
    expect(renderTable(sampleRecord())).not.toContain("Cost");
  });
});

describe("a price book", () => {
  const good =
    "currency: EUR\naccelerators:\n  L4: 0.75\n  H100-SXM:\n    perHour: 2.5\n    source: list of May\n";

  test("gives the price of all accelerators of a system", async () => {
    const path = book(good);
    expect(await priceFromBook(path, "L4", 4)).toEqual({
      perHour: 3,
      currency: "EUR",
      source: `${path}: L4 × 4`,
    });
    expect(await priceFromBook(path, "H100-SXM", 8)).toEqual({
      perHour: 20,
      currency: "EUR",
      source: `${path}: H100-SXM × 8 (list of May)`,
    });
  });

  test("is in USD unless it says otherwise", async () => {
    expect((await priceFromBook(book("accelerators: { L4: 1 }"), "L4", 1)).currency).toBe("USD");
  });

  test("that lacks the accelerator says what it has", async () => {
    const path = book(good);
    expect(await problemsOf(priceFromBook(path, "H100-SXN", 1))).toEqual([
      `--accelerator: H100-SXN is not in ${path}`,
      "Did you mean H100-SXM?",
    ]);
    expect(await problemsOf(priceFromBook(path, "MI300X", 1))).toContain("It has L4, H100-SXM.");
  });

  test.each([
    ["accelerators:\n  A: -1\n  B: dear\n", 2],
    ["currency: dollars\naccelerators: {}\n", 1],
    ["prices: {}\n", 2],
    ["- 1\n", 1],
    ["", 1],
  ])("that is wrong names everything that is: %j", async (yaml, count) => {
    expect((await problemsOf(priceFromBook(book(yaml), "A", 1))).length).toBe(count + 1);
  });

  test("that is no YAML, or not there, says so", async () => {
    expect((await problemsOf(priceFromBook(book("a: [1"), "A", 1)))[0]).toContain("is not YAML");
    expect((await problemsOf(priceFromBook(join(folder, "none.yaml"), "A", 1)))[0]).toContain(
      "cannot be read",
    );
  });
});

describe("options of the price", () => {
  const endpoint = ["http://127.0.0.1:1"];
  const problemsWith = (flags: Record<string, unknown>): string => {
    try {
      loadRunConfig({ flags: { endpoint, targetQps: 1, ...flags } });
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  test.each([
    [{ pricePerHour: "0" }, "--price-per-hour: must be a number above 0"],
    [
      { pricePerHour: 1, priceBook: book("accelerators: {}"), accelerator: "A" },
      "contradicts --price-per-hour",
    ],
    [{ priceBook: book("accelerators: {}") }, "--accelerator: is needed by --price-book"],
    [{ accelerators: 2 }, "--accelerators: needs --price-book"],
    [{ priceBook: join(folder, "none.yaml"), accelerator: "A" }, "is not a file that can be read"],
    [{ power: false, powerCommand: "echo 1" }, "--power-command: contradicts --no-power"],
    [{ powerPattern: "\\d" }, "--power-pattern: needs --power-command"],
    [{ powerPattern: "(", powerCommand: "x" }, "is not a regular expression"],
    [{ powerUrl: ["localhost:9400"] }, "--power-url: must be a URL such as"],
    [{ metricsUrl: ["http://a:b@c/metrics"] }, "must not carry a name or password: http://***@c/metrics"],
    [{ metricsUrl: ["http://a/m"], serverMetrics: false }, "--metrics-url: contradicts --no-server-metrics"],
  ])("%j is refused", (flags, message) => {
    expect(problemsWith(flags)).toContain(message);
  });

  test("the flag or the book gives the price, else there is none", async () => {
    const config = (flags: Record<string, unknown>) =>
      loadRunConfig({ flags: { endpoint, targetQps: 1, ...flags } });
    expect(await readPrice(config({}))).toBeNull();
    expect(await readPrice(config({ pricePerHour: "2.5" }))).toMatchObject({ perHour: 2.5, currency: "USD" });
    const priceBook = book("accelerators: { L4: 0.5 }");
    expect(await readPrice(config({ priceBook, accelerator: "L4", accelerators: 3 }))).toMatchObject({
      perHour: 1.5,
    });
  });
});
