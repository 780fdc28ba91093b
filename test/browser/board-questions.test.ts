import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BoardBrowser, startBoardBrowser } from "./board-browser.ts";
import { startDecidingBoard } from "./board-decide-fixture.ts";

describe("questions to the board in Chromium", () => {
  let folder: string;
  let board: Awaited<ReturnType<typeof startDecidingBoard>>;
  let browser: BoardBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "flexbench-board-questions-"));
    board = await startDecidingBoard(folder);
    browser = await startBoardBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await board?.server.close();
    await rm(folder, { recursive: true, force: true });
    expect(browser.failures).toEqual([]);
  });

  it("names each field as the form does, also where one word means two things", async () => {
    const page = await browser.open(board.server.url, "choose?accelerator=nonsense&tokens=-1");
    const alert = page.locator("main [role=alert]").first();
    await expect
      .poll(() => alert.textContent())
      .toContain("Accelerators that can be had: nonsense is not known");
    expect(await alert.textContent()).toContain("Needed tokens/s: must be above 0");
    await page.goto(`${board.server.url}#/predict?accelerator=nonsense&count=0`);
    await expect.poll(() => alert.textContent()).toContain("Accelerator: nonsense is not known");
    expect(await alert.textContent()).toContain("Number of accelerators: must be above 0");
    await page.close();
  });

  it("gives reasons in place of figures for a model of a size that cannot be", async () => {
    const page = await browser.open(board.server.url, "predict?model=other&parameters=-5");
    await expect.poll(() => page.locator("main [role=alert]").count()).toBeGreaterThan(0);
    expect(await page.locator("dl.tiles").count()).toBe(0);
    expect(await page.locator("main").textContent()).not.toContain("NaN");
    await page.close();
  });

  it("shows what the ranking says within the width of a phone", async () => {
    const page = await browser.open(board.server.url, "choose?model=llama2-70b", 390);
    await page.waitForSelector("table.ranking tbody tr");
    const beyond = await page.evaluate(
      `[...document.querySelectorAll("nav a, table.ranking tbody th, table.ranking tbody td")].filter((each) => each.getBoundingClientRect().right > 390).length`,
    );
    expect(beyond).toBe(0);
    expect(await page.getByRole("columnheader", { name: "$ a year" }).count()).toBe(1);
    await page.close();
  });

  it("draws the first fifteen of the ranking, with a name each that no other overlaps", async () => {
    const page = await browser.open(board.server.url, "choose?model=llama2-70b&tokens=1000");
    await page.waitForSelector("figure.chart svg");
    const tops = await page.evaluate<number[]>(
      `[...document.querySelectorAll("figure.chart .plot > svg:last-child [aria-label='y-axis tick label'] text")].map((label) => label.getBoundingClientRect().top)`,
    );
    expect(tops.length).toBeGreaterThan(3);
    expect(tops.length).toBeLessThanOrEqual(15);
    for (const [place, top] of tops.slice(1).entries()) expect(top - (tops[place] ?? 0)).toBeGreaterThan(15);
    await page.close();
  });

  it("leads programs to the interface that the board has for them", async () => {
    const page = await browser.open(board.server.url, "overview");
    const link = page.locator("footer").getByRole("link", { name: "HTTP interface" });
    const address = new URL((await link.getAttribute("href")) ?? "", page.url()).href;
    expect(address).toBe(`${board.server.url}api`);
    expect((await fetch(address)).status).toBe(200);
    await page.close();
  });
});
