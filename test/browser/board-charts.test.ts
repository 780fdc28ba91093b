import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings, type BoardBrowser, savedLines, startBoardBrowser } from "./board-browser.ts";
import { serveBoard, writeMadeDataset, writeManyRows } from "./board-fixture.ts";

const closed = "where.origin=official&where.division=closed&where.duplicate_of=(none)";

describe("charts of the board in Chromium", () => {
  let folder: string;
  let board: Awaited<ReturnType<typeof serveBoard>>;
  let browser: BoardBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "flexbench-board-charts-"));
    await Promise.all([writeMadeDataset(folder), writeManyRows(path.join(folder, "many.parquet"), 4000)]);
    board = await serveBoard(folder);
    browser = await startBoardBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await board?.close();
    await rm(folder, { recursive: true, force: true });
    expect(browser.failures).toEqual([]);
  });

  async function chart(hash: string, query = ""): Promise<Page> {
    const page = await browser.open(`${board.url}${query}`, hash);
    await page.waitForSelector("figure.chart svg");
    return page;
  }

  it.each([
    ["bar", 1],
    ["box", 6],
    ["heat", 1],
    ["rounds", 1],
  ])(
    "tells the part of a %s chart in its table and its file, so that no two lines have one key",
    async (kind, figures) => {
      const page = await chart(`explore?chart=${kind}&facet=scenario&colour=round&${closed}`);
      const [header = [], ...lines] = await savedLines(page);
      expect(header[0]).toBe("scenario");
      const keys = lines.map((line) => line.slice(0, -figures).join());
      expect(new Set(keys).size).toBe(lines.length);
      expect(new Set(lines.map(([part]) => part))).toEqual(new Set(["Offline", "Server"]));
      await page.getByRole("button", { name: "Show as table" }).click();
      const shown = page.locator("table.figures");
      expect(await shown.locator("th").first().textContent()).toBe("scenario");
      expect(await shown.locator("tbody tr").count()).toBe(lines.length);
      await page.close();
    },
  );

  it("gives the quartiles of boxes: of 1, 1, 2, 2, 4, 4, 8 and 8 thousand", async () => {
    const page = await chart(`explore?chart=box&x=scenario&${closed}`);
    const [header = [], ...lines] = await savedLines(page);
    expect(header.slice(0, 3)).toEqual([
      "scenario",
      "number of results",
      "least output tokens/s per accelerator",
    ]);
    for (const scenario of ["Offline", "Server"])
      expect(lines).toContainEqual([scenario, "8", "1000", "1750", "3000", "5000", "8000"]);
    await page.close();
  });

  it("draws in each part only its own categories, far enough apart to be read", async () => {
    const page = await chart("explore?chart=bar&facet=division&where=all");
    const labels = await page.evaluate<{ text: string; top: number }[]>(
      `[...document.querySelectorAll("figure.chart .plot > svg:last-child [aria-label='y-axis tick label'] text")]
        .map((label) => ({ text: label.textContent, top: label.getBoundingClientRect().top }))
        .filter(({ text }) => text !== "")`,
    );
    // Four accelerators in the closed division, one in the open one, one of a run without a division.
    expect(labels.map(({ text }) => text)).toEqual([
      ...["D-96GB", "C-288GB", "B-141GB", "A-80GB"],
      "A-80GB",
      "C-288GB",
    ]);
    const tops = labels.map(({ top }) => top);
    for (const [place, top] of tops.slice(1).entries()) expect(top - (tops[place] ?? 0)).toBeGreaterThan(15);
    await page.close();
  });

  it("leaves out parts that have no value of the figure", async () => {
    const page = await chart(
      `explore?chart=scatter&x=accelerators_total&facet=scenario&where.scenario=Offline`,
    );
    const panels = page.locator("figure.chart .plot > svg:last-child [aria-label='fy-axis tick label'] text");
    expect(await panels.allTextContents()).toEqual(["Offline"]);
    await page.close();
  });

  it("says in both themes which end of a heat map is much, and hatches what has no result", async () => {
    const page = await chart("explore?chart=heat&x=accelerator&colour=division&where=all");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => page.locator("figcaption").textContent()).toContain("Lighter is a larger figure");
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(() => page.locator("figcaption").textContent()).toContain("Darker is a larger figure");
    // Of 4 accelerators × 3 divisions six pairs have a result.
    expect(
      await page
        .locator("figure.chart rect[fill^='url(#nothing'], figure.chart [fill^='url(#nothing'] rect")
        .count(),
    ).toBe(6);
    await page.close();
  });

  it("gives ten submitters ten colours, and each keeps its own under another filter", async () => {
    const submitters = Array.from({ length: 10 }, (_, index) => `where.submitter=Submitter ${index}`);
    const colours = async (filters: readonly string[]) => {
      const page = await chart(
        `explore?chart=rounds&colour=submitter&${filters.join("&")}`,
        "?data=data/many.parquet",
      );
      const found = await page.evaluate<[string, string][]>(
        `(() => {
          const legend = document.querySelector("figure.chart .plot > svg");
          const marks = [...legend.querySelectorAll("[aria-label=dot] path")].map((mark) => mark.getAttribute("fill"));
          return [...legend.querySelectorAll("[aria-label=text] text")].map((label, place) => [label.textContent, marks[place]]);
        })()`,
      );
      await page.close();
      return new Map(found);
    };
    const ten = await colours(submitters);
    expect(ten.size).toBe(10);
    expect(new Set(ten.values()).size).toBe(10);
    const two = await colours([submitters[3] ?? "", submitters[7] ?? ""]);
    for (const [name, colour] of two) expect(ten.get(name)).toBe(colour);
    // Of forty values some share a place among the colours: side by side they do not.
    const all = await colours([1, 9, 17, 25, 33].map((index) => `where.submitter=Submitter ${index}`));
    expect(new Set(all.values()).size).toBe(5);
  });

  it("begins its table with the newest round, with every figure that counts in sight and headings whole", async () => {
    const page = await browser.open(board.url, "data");
    await page.waitForSelector("section.virtual tbody tr");
    expect(await page.locator("section.virtual tbody tr").first().locator("td").first().textContent()).toBe(
      "v6.0",
    );
    expect(await page.getByRole("columnheader", { name: /^round/ }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    const cut = await page.evaluate(
      `[...document.querySelectorAll(".virtual th button")].filter((heading) => heading.scrollWidth > heading.clientWidth).map(({ textContent }) => textContent)`,
    );
    expect(cut).toEqual([]);
    const figure = await page
      .getByRole("columnheader", { name: "output tokens/s per accelerator" })
      .boundingBox();
    expect((figure?.x ?? 1e9) + (figure?.width ?? 0)).toBeLessThanOrEqual(1280);
    await page.close();
  });

  it("says so when the address names a result that is not in the data", async () => {
    const page = await browser.open(board.url, "data?result=nope");
    await expect
      .poll(() => page.locator("main [role=alert]").first().textContent())
      .toContain("names the result “nope”, which is not in these data");
    await page.close();
  });

  it("asks for data where it has none, takes a file or an address, and says how to get one", async () => {
    await browser.context.route("**/board.json", (route) =>
      route.fulfill({ json: { datasets: [], runs: [] } }),
    );
    const page = await browser.open(board.url, "overview");
    const asking = page.getByRole("region", { name: "No dataset is open" });
    await expect.poll(() => asking.textContent()).toContain("flexbench dataset build");
    expect(await page.locator("body").textContent()).not.toMatch(/0 of 0|No result passes/);
    expect(await axeFindings(page)).toEqual([]);
    await asking.locator("input[type=file]").setInputFiles(path.join(folder, "openmlperf.parquet"));
    await page.waitForSelector("table.best button.link");
    expect(await asking.count()).toBe(0);
    await page.reload();
    await asking.getByLabel(/address of one/).fill(`${board.url}data/openmlperf.parquet`);
    await asking.getByRole("button", { name: "Open address" }).click();
    await page.waitForSelector("table.best button.link");
    await browser.context.unroute("**/board.json");
    await page.close();
  });

  it("shows every entry of the navigation and whole tables on a phone", async () => {
    const page = await browser.open(board.url, "overview", 390);
    await page.waitForSelector("table.best button.link");
    const beyond = await page.evaluate(
      `[...document.querySelectorAll("nav a, table.best td, table.best caption")].filter((each) => each.getBoundingClientRect().right > 390).length`,
    );
    expect(beyond).toBe(0);
    await page.close();
  });
});
