import type { AuditReport, ComplianceRecord } from "../mlperf/audits/compliance-record.ts";
import { Html, type HtmlPart, html } from "./html.ts";

const style = new Html(`
body{font:14px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #ddd}
th{font-weight:600;white-space:nowrap}code{font-size:.8rem;overflow-wrap:anywhere}.passed{color:#0a6b2b}.failed{color:#b00020}
.note{color:#555;font-size:.85rem}@media print{body{margin:0}}`);

/** The report of a folder of audits on one page: one HTML file without scripts that needs nothing else. */
export function compliancePage(record: ComplianceRecord): string {
  const title = `Audits of ${record.benchmark} ${record.scenario}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}: ${verdict(record.passed)}</h1>
<p>MLPerf Inference ${record.round}; ${record.label}.</p>
${record.simulated ? html`<p class="failed">The server was a simulator: this says nothing about any system.</p>` : null}
<table>${facts(record).map(([name, value]) => row(name, value))}</table>
${record.audits.map(auditSection)}
<h2>Files</h2>
<p class="note">SHA-256; compliance.json has the same list.</p>
<table>${Object.entries(record.files).map(([path, hash]) => row(path, html`<code>${hash}</code>`))}</table>
</body>
</html>
`.text;
}

function facts(record: ComplianceRecord): [string, HtmlPart][] {
  const { flexbench, loadgen, server, system } = record;
  const commit = flexbench.commit === null ? "" : ` (${flexbench.commit})`;
  return [
    ["Date", record.createdAt],
    ["Audited run", record.auditedRun ?? "none: its options were given"],
    ["Model", record.model.name],
    ["Server", [server.name, server.version].filter((part) => part !== null).join(" ") || "not told"],
    ["Endpoints", record.endpoints.join(", ")],
    ["Client", `${system.cpu}, ${system.cores} cores, ${system.os}`],
    ["FlexBench", `${flexbench.version}${commit}`],
    ["LoadGen", loadgen === null ? "no log" : html`${loadgen.version} <code>${loadgen.sourceSha256}</code>`],
  ];
}

function auditSection({ audit, passed, checks, notes, ...report }: AuditReport): Html {
  const invalid =
    report.loadgenVerdict === "INVALID" && report.settings.leastQueries !== null
      ? " This is normal: the audit has no least duration."
      : "";
  return html`<h2>${audit}: ${verdict(passed)}</h2>
<table>${checks.map((check) =>
    row(
      html`${check.name}: ${check.passed === null ? "not looked at" : verdict(check.passed)}`,
      check.finding,
    ),
  )}</table>
<p class="note">${`Run ${report.run}, ${report.startedAt} to ${report.endedAt}. LoadGen's own verdict: ${report.loadgenVerdict ?? "none"}.${invalid}`}</p>
${report.loadgenErrors.length === 0 ? null : html`<p class="failed">${`LoadGen logged errors: ${report.loadgenErrors.join("; ")}`}</p>`}
${notes.map((note) => html`<p class="note">${note}</p>`)}
`;
}

function verdict(passed: boolean): Html {
  return passed ? html`<span class="passed">passed</span>` : html`<span class="failed">failed</span>`;
}

function row(name: HtmlPart, value: HtmlPart): Html {
  return html`<tr><th>${name}</th><td>${value}</td></tr>
`;
}
