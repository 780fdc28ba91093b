import { readFileSync } from "node:fs";
import { EnvironmentError } from "../errors.ts";
import type { Chart } from "./chart.ts";
import { Html, html, jsonForScript } from "./html.ts";

/** What a page is made of. */
export interface PageContent {
  title: string;
  body: Html;
  /** The charts of the page, in the order of their places. */
  charts: readonly Chart[];
  /** The page's own code, as built. @default that of a report */
  script?: URL;
  /** Its style sheet, likewise. */
  style?: URL;
  /** Whether it may connect to the server that it came from. @default false */
  connects?: boolean;
}

const reportScript = new URL("./page/report.js", import.meta.url);
const reportStyle = new URL("./page/report.css", import.meta.url);

/** Nothing is fetched, whatever stands in the page. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** One HTML file with everything in it. Throws EnvironmentError when the page's own code was not built. */
export function pageFile(content: PageContent): string {
  const { title, body, charts, script = reportScript, style = reportStyle, connects = false } = content;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}${connects ? "; connect-src 'self'" : ""}">
<title>${title}</title>
<style>${bundled(style)}</style>
</head>
<body>
<main>${body}</main>
<script type="application/json" id="charts">${jsonForScript(charts)}</script>
<script>${bundled(script)}</script>
</body>
</html>
`.text;
}

/** A built file of the page's own code, to stand in a page. */
function bundled(file: URL): Html {
  try {
    return new Html(readFileSync(file, "utf8").replaceAll(/<\/(script|style)/gi, "<\\/$1"));
  } catch (cause) {
    throw new EnvironmentError("PAGE_NOT_BUILT", `The page's own code ${file.pathname} is missing.`, {
      hint: "`npm run build` builds it.",
      cause,
    });
  }
}

/** Charts of a page, numbered as they are placed. */
export class ChartPlaces {
  readonly charts: Chart[] = [];

  /** A chart's place with its title and how to read it. */
  place(chart: Chart): Html {
    const number = this.charts.push(chart) - 1;
    return html`<figure><h3>${chart.title}</h3><p class="note">${chart.note}</p><div data-chart="${number}"></div></figure>
`;
  }

  /** A heading over charts; nothing where there are none. */
  section(title: string, charts: readonly Chart[]): Html | null {
    if (charts.length === 0) return null;
    return html`<h2>${title}</h2>
<div class="charts">${charts.map((chart) => this.place(chart))}</div>
`;
  }
}
