import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Price, unitPrices } from "#src/cost/price-table.js";
import { readPriceTable } from "#src/cost/read-price-table.js";
import { UsageError } from "#src/errors.js";
import { loadSpecTables } from "#src/openmlperf/features/spec-tables.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
let tables = 0;

function tableFile(yaml: string): string {
  const path = join(folder, `prices-${tables++}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

async function refusalOf(path: string): Promise<UsageError> {
  const error: unknown = await readPriceTable(path).catch((reason: unknown) => reason);
  if (!(error instanceof UsageError)) throw new Error(`no UsageError: ${String(error)}`);
  expect(error.code).toBe("PRICE_TABLE");
  return error;
}

const problemsOf = async (path: string): Promise<string[]> =>
  (await refusalOf(path)).problems.map(
    ({ where, message }) => `${where.replace(path, "prices.yaml")}: ${message}`,
  );

describe("the table that FlexBench brings", async () => {
  const table = await readPriceTable();
  const chips = Object.entries(table.accelerators);
  const prices = chips.flatMap(([chip, { hourly, purchase }]) =>
    [hourly, purchase].filter((price) => price !== null).map((price): [string, Price] => [chip, price]),
  );

  test("names accelerators as the dataset does", () => {
    const known = loadSpecTables().chips;
    expect(chips.map(([chip]) => chip).filter((chip) => !known.has(chip))).toEqual([]);
  });

  test("has a day that is past and a listed page for every price, and no page without a price", () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(prices.filter(([, { on }]) => on > today)).toEqual([]);
    expect([...new Set(prices.map(([, { source }]) => source))].sort()).toEqual(
      Object.keys(table.sources).sort(),
    );
  });

  test("prices the accelerators that are rented most, in amounts of their kind", () => {
    const rented = ["H100-SXM-80GB", "H200-SXM-141GB", "B200-SXM-180GB", "MI300X", "MI355X", "L40S"];
    expect(rented.filter((chip) => !table.accelerators[chip]?.hourly)).toEqual([]);
    // An amount for a machine of eight, or in cents, would fall out of these.
    expect(chips.filter(([, { hourly }]) => hourly && (hourly.usd < 0.1 || hourly.usd > 25))).toEqual([]);
    expect(
      chips.filter(([, { purchase }]) => purchase && (purchase.usd < 200 || purchase.usd > 80_000)),
    ).toEqual([]);
  });

  test("states the price in the middle, of an even number the dearer of the two", () => {
    const checked = prices.filter(([, { others }]) => others !== undefined);
    expect(checked.length).toBeGreaterThan(8);
    const wrong = checked.filter(([, { usd, others = [] }]) => {
      const sorted = [usd, ...others].toSorted((one, other) => one - other);
      return usd !== sorted[Math.floor(sorted.length / 2)];
    });
    expect(wrong).toEqual([]);
  });

  test("is plain JSON, for a page to carry", () => {
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });
});

describe("a table of one's own", () => {
  const source =
    "sources:\n  offer: { title: Offer of May, publisher: Us, url: 'https://prices.example/may' }\n";

  test("may leave out prices and notes", async () => {
    const price = "{ usd: 0.75, on: 2026-05-02, source: offer }";
    const path = tableFile(`currency: USD\naccelerators:\n  L4: { hourly: ${price} }\n${source}`);
    const table = await readPriceTable(path);
    expect(table.accelerators).toEqual({
      L4: { hourly: { usd: 0.75, on: "2026-05-02", source: "offer", note: null }, purchase: null },
    });
    expect(unitPrices(table)).toEqual({ L4: { hourly: 0.75, purchase: null } });
  });

  test("is refused with everything that is wrong with it", async () => {
    const path = tableFile(
      `currency: EUR
accelerators:
  L4: { hourly: { usd: -1, on: 2026-05-02, source: offer } }
  L40: { hourly: { usd: 1, on: May 2026, source: offer }, monthly: 700 }
  L40S: { purchase: { usd: 8500, on: 2026-05-02, source: constructor } }
${source.replace("https://prices.example/may", "a letter")}`,
    );
    expect((await problemsOf(path)).sort()).toEqual([
      expect.stringMatching(/^prices\.yaml: accelerators\.L4\.hourly\.usd: .*>0/),
      "prices.yaml: accelerators.L40.hourly.on: must be a day, such as 2026-09-20",
      'prices.yaml: accelerators.L40: Unrecognized key: "monthly"',
      "prices.yaml: accelerators.L40S.purchase.source: is not one of the listed sources",
      'prices.yaml: currency: Invalid input: expected "USD"',
      "prices.yaml: sources.offer.url: Invalid URL",
    ]);
  });

  test("must be a file of YAML", async () => {
    expect(await problemsOf(join(folder, "none.yaml"))).toEqual([
      expect.stringMatching(/^prices\.yaml: cannot be read \(ENOENT/),
    ]);
    const broken = tableFile("currency: USD\ncurrency: USD\naccelerators: {\n");
    const problems = await problemsOf(broken);
    expect(problems.length).toBeGreaterThan(1);
    expect(problems.every((problem) => problem.startsWith("prices.yaml: is not YAML: "))).toBe(true);
    expect(await problemsOf(tableFile(""))).toEqual([expect.stringContaining("expected object")]);
    expect((await refusalOf(broken)).hint).toContain("sources:");
  });
});
