import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "#src/report/build-page.js";
import { temporaryFolder } from "../child-script.ts";
import { madeTimeline, writeMadeRun } from "../made-run.ts";
import { requireChromium } from "./browser-page.ts";

// The page in a real Chromium, where there is one: drawn, within its width, readable in both colors and on paper.

const folder = temporaryFolder();

const chromium = requireChromium();

/** Runs Chromium without a window and gives what it prints. */
function browse(page: string, ...options: string[]): Promise<string> {
  const common = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
  const profile = `--user-data-dir=${join(folder, "profile")}`;
  return new Promise((resolve, reject) => {
    execFile(
      chromium,
      [...common, profile, ...options, pathToFileURL(page).href],
      { timeout: 50_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
}

/** Code that a copy of the page runs at its end, to tell what it looks like. */
const measuring = `
const problems = [];
addEventListener("error", ({ message }) => problems.push(message));
addEventListener("load", () => setTimeout(() => {
  const color = (name) => getComputedStyle(document.body)[name];
  parent.postMessage(JSON.stringify({
    problems,
    width: innerWidth,
    contentWidth: document.documentElement.scrollWidth,
    places: document.querySelectorAll("[data-chart]").length,
    canvases: [...document.querySelectorAll("canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    }),
    wideCharts: [...document.querySelectorAll("figure")].filter((figure) =>
      figure.querySelector(".u-wrap").getBoundingClientRect().right > figure.getBoundingClientRect().right).length,
    background: color("backgroundColor"),
  }), "*");
}, 300));`;

interface Measured {
  problems: string[];
  width: number;
  contentWidth: number;
  places: number;
  canvases: boolean[];
  wideCharts: number;
  background: string;
}

describe("the report in Chromium", () => {
  const page = join(folder, "page.html");
  const measured = join(folder, "measured.html");

  beforeAll(async () => {
    await writeMadeRun(join(folder, "run"), madeTimeline({ count: 3000, perSecond: 100, failEvery: 50 }));
    const text = await buildPage([join(folder, "run")]);
    writeFileSync(page, text);
    writeFileSync(measured, text.replace("<body>", `<body><script>${measuring}</script>`));
  });

  /** A window has a least width, a frame has none. */
  async function measure(width: number, ...options: string[]): Promise<Measured> {
    const frame = join(folder, `frame-${width}.html`);
    writeFileSync(
      frame,
      `<script>onmessage = ({ data }) => { document.documentElement.dataset.measured = data; };</script>
      <iframe src="measured.html" style="border: 0; width: ${width}px; height: 900px"></iframe>`,
    );
    const html = await browse(frame, "--virtual-time-budget=5000", "--dump-dom", ...options);
    const [, json = ""] = /data-measured="([^"]*)"/.exec(html) ?? [];
    return JSON.parse(json.replaceAll("&quot;", '"')) as Measured;
  }

  it.each([390, 1280])("draws every chart within a width of %i px", async (width) => {
    const seen = await measure(width, "--window-size=1400,1000");
    expect(seen.problems).toEqual([]);
    expect(seen.width).toBe(width);
    expect(seen.contentWidth).toBeLessThanOrEqual(width);
    expect(seen.places).toBeGreaterThan(10);
    expect(seen.canvases).toEqual(new Array(seen.places).fill(true));
    expect(seen.wideCharts).toBe(0);
  });

  it("is dark where the reader's system is", async () => {
    expect((await measure(800)).background).toBe("rgb(255, 255, 255)");
    expect((await measure(800, "--blink-settings=preferredColorScheme=0")).background).toBe(
      "rgb(15, 19, 24)",
    );
  });

  it("prints to a few pages", async () => {
    const pdf = join(folder, "page.pdf");
    await browse(page, "--no-pdf-header-footer", `--print-to-pdf=${pdf}`);
    const text = readFileSync(pdf, "latin1");
    const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(text.startsWith("%PDF-")).toBe(true);
    expect(pages).toBeGreaterThan(2);
    expect(pages).toBeLessThan(12);
  });
});
