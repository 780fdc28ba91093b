import { html } from "../report/html.ts";
import { pageFile } from "../report/page-file.ts";

/** The page that draws a run while it goes on, from the events that its own server sends. */
export function livePage(): string {
  return pageFile({
    title: "Live · FlexBench",
    body: html`<header>
<p><span class="verdict running" id="state">RUNNING</span> <span class="soft" id="phase">waiting for the run</span></p>
<h1 id="headline">A run of FlexBench</h1>
</header>
<dl class="tiles" id="tiles"></dl>
<ul class="reasons" id="notes"></ul>
<div class="charts" id="live-charts"></div>
<footer><p>The page ends with the run and then shows its report. Charts are drawn by uPlot (MIT).</p></footer>`,
    charts: [],
    script: new URL("./page/live.js", import.meta.url),
    style: new URL("./page/live.css", import.meta.url),
    connects: true,
  });
}
