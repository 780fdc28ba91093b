import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { requireChromium } from "./browser-page.ts";

const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Chromium with pages of one board. */
export interface BoardBrowser {
  context: BrowserContext;
  /** Errors that pages threw, with the view. */
  failures: string[];
  /** Opens a view of the board, in a window of this width, px. */
  open(address: string, hash: string, width?: number): Promise<Page>;
  close(): Promise<void>;
}

/** Starts the Chromium of this machine for the pages of boards. */
export async function startBoardBrowser(): Promise<BoardBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: requireChromium(),
    args: ["--no-sandbox"],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const failures: string[] = [];
  return {
    context,
    failures,
    open: async (address, hash, width = 1280) => {
      const page = await context.newPage();
      page.setDefaultTimeout(8000);
      page.on("pageerror", ({ message }) => failures.push(`${hash}: ${message}`));
      if (width !== 1280) await page.setViewportSize({ width, height: 844 });
      await page.goto(`${address}#/${hash}`);
      return page;
    },
    close: () => browser.close(),
  };
}

/** What axe finds wrong with a page. */
export async function axeFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.addScriptTag({ path: axeSource });
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))",
  );
}

/** Lines and cells of the CSV that the button of a page saves; cells of these tests hold no commas. */
export async function savedLines(page: Page): Promise<string[][]> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV", exact: true }).first().click();
  const text = await readFile(await (await waiting).path(), "utf8");
  return text
    .trim()
    .split("\r\n")
    .map((line) => line.split(","));
}
