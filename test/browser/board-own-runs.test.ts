import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings, type BoardBrowser, startBoardBrowser } from "./board-browser.ts";
import { startDecidingBoard } from "./board-decide-fixture.ts";

/** A published system of the same accelerator as the run of a real server. */
const published = "One 8xH100-SXM-80GB|One|v6.0|closed|8";

describe("runs of one's own on the board in Chromium", () => {
  let folder: string;
  let board: Awaited<ReturnType<typeof startDecidingBoard>>;
  let browser: BoardBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "flexbench-board-own-"));
    board = await startDecidingBoard(folder);
    browser = await startBoardBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await board?.server.close();
    await rm(folder, { recursive: true, force: true });
    expect(browser.failures).toEqual([]);
  });

  const open = (hash: string, width?: number): Promise<Page> => browser.open(board.server.url, hash, width);
  const alertText = (page: Page) => page.locator("main [role=alert]").first().textContent();

  it("are rows of the table, marked as what they are", async () => {
    const page = await open("data?where.origin=flexbench");
    const rows = page.locator("section.virtual tbody tr");
    await expect.poll(() => rows.count()).toBe(3);
    const texts = await rows.allTextContents();
    for (const text of texts) expect(text).toContain("flexbench, not verified by MLCommons");
    expect(texts.find((text) => text.includes("2026-real"))).toContain("H100-SXM-80GB8");
    expect(texts.find((text) => text.includes("2026-sim"))).toContain("2026-sim, simulated, INVALID");
    await page.close();
  });

  it("stand beside published results where they are asked for; simulated and INVALID ones only by name", async () => {
    const page = await open(
      "explore?x=system_name&y=tokens_per_second&where.scenario=Server&where.division=closed",
    );
    await page.getByRole("button", { name: "Show as table" }).click();
    const table = page.locator("table.figures");
    await expect.poll(() => table.textContent()).toContain("One 8xH100-SXM-80GB");
    expect(await table.textContent()).not.toContain("2026-");
    const own = page.getByLabel("Own runs", { exact: true });
    await own.selectOption("valid");
    await expect.poll(() => table.textContent()).toContain("2026-real");
    expect(await table.textContent()).not.toContain("2026-sim");
    expect(await page.locator(".mixed").textContent()).toContain(
      "origin (flexbench, not verified by MLCommons",
    );
    await own.selectOption("all");
    await expect.poll(() => table.textContent()).toContain("2026-sim, simulated, INVALID");
    expect(page.url()).toContain("own=all");
    await page.close();
  });

  it("have a cost where their accelerators have a price, and none when they were simulated", async () => {
    const page = await open("cost?where=all&where.scenario=Server");
    const bars = page.locator("figure.chart").first();
    await bars.getByRole("button", { name: "Show as table" }).click();
    const real = bars.getByRole("row", {
      name: /8 × H100-SXM-80GB, 2026-real, own run, not verified by MLCommons/,
    });
    // 8 × $2 an hour ÷ (3600 × 9,941.2 tokens/s) × 10⁶
    await expect.poll(() => real.locator("td").nth(3).textContent()).toBe("0.4471");
    expect(await page.locator("main").textContent()).not.toContain("2026-sim");
    await page.close();
  });

  it("are compared with each other, in relation to the first and with what differs marked", async () => {
    const page = await open("runs?run=2026-real&run=2026-sim");
    const figures = page.locator("table.run-figures").getByRole("row", { name: /^output tokens/ });
    await expect.poll(() => figures.locator("td").allTextContents()).toEqual(["4,971", "9,941 (2 ×)"]);
    await page.getByRole("link", { name: "Compare these runs side by side" }).click();
    const line = page.locator("table.results-of tbody").getByRole("row", { name: /^llama2-70b Server/ });
    await expect.poll(() => line.textContent()).toBe("llama2-70bServer4,9719,941 (2 ×)");
    const notes = (await page.locator("main .mixed").allTextContents()).join(" ");
    expect(notes).toContain("Runs of one's own are not verified by MLCommons.");
    expect(notes).toContain("A simulated server answered");
    const made = page.getByRole("region", { name: "How the runs were made" });
    expect(
      await made
        .getByRole("row", { name: /^≠ config.targetQps/ })
        .locator("td")
        .allTextContents(),
    ).toEqual(["50", "–"]);
    expect(await made.getByRole("row", { name: /model.name/ }).count()).toBe(0);
    await page.getByRole("combobox", { name: "Attributes" }).selectOption("all");
    expect(await made.getByRole("row", { name: /^model.name/ }).count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
  });

  it("are compared with published systems by the model of the benchmark", async () => {
    const page = await open(`compare?system=${encodeURIComponent(published)}&system=2026-real`);
    const line = page.locator("table.results-of tbody").getByRole("row", { name: /^llama2-70b Server/ });
    await expect.poll(() => line.locator("td").nth(2).textContent()).toMatch(/^1,243 \([\d.]+ ×\)$/);
    expect(await page.locator("main .mixed").first().textContent()).not.toContain("simulated");
    await page.goto(`${board.server.url}#/compare?system=2026-real&system=nobody`);
    await expect
      .poll(() => alertText(page))
      .toBe("One system in the address is not among the filtered rows and runs.");
    await page.close();
  });

  it("stand beside at most ten results, which are said to be alike in model and scenario only where no accelerator is told", async () => {
    const page = await open("runs?run=2026-sim");
    const beside = page.locator("figure.chart", { hasText: "beside published results" });
    await expect
      .poll(() => beside.locator("figcaption").textContent())
      .toContain(
        "these results are alike in model and scenario only. Of 12 the 10 nearest in throughput are shown.",
      );
    await beside.getByRole("button", { name: "Show as table" }).click();
    expect(await beside.locator("tbody tr").count()).toBe(1 + 10);
    await page.close();
  });

  it("say so when the address names one that is not here", async () => {
    const page = await open("runs?run=nope");
    await expect
      .poll(() => alertText(page))
      .toContain("The run nope of the address is not here or cannot be read");
    await page.goto(`${board.server.url}#/runs?run=2026-real&sweep=nope`);
    await expect.poll(() => alertText(page)).toContain("The sweep nope of the address is not here");
    await page.goto(`${board.server.url}#/nope`);
    await expect.poll(() => alertText(page)).toBe("There is no view “nope”: this is the overview.");
    await page.close();
  });

  it("are what a board without a dataset shows", async () => {
    await browser.context.route("**/board.json", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...((await answer.json()) as object), datasets: [] } });
    });
    const page = await open("overview");
    await page.waitForSelector("table.best button.link");
    expect(await page.getByRole("region", { name: "No dataset is open" }).count()).toBe(1);
    expect(await page.locator("table.best").textContent()).toContain("not verified by MLCommons");
    await browser.context.unroute("**/board.json");
    await page.close();
  });
});
