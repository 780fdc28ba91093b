import type * as z from "zod";
import { type ApiPath, apiPaths } from "./api-paths.ts";
import { bodySchema } from "./openapi.ts";

/** The interface as a page to read and to copy commands from. */
export function openapiPage(origin: string): string {
  const sections = Object.entries(apiPaths).map(([path, one]) => section(origin, path, one));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>FlexBoard HTTP interface</title><style>
:root{color-scheme:light dark;--line:light-dark(#d5d9e0,#3b424d)}body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem}pre{border:1px solid var(--line);border-radius:6px;padding:.8rem;overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}</style></head><body><main><h1>FlexBoard HTTP interface</h1><p>Answers are JSON; errors carry <code>code</code>, <code>message</code>, <code>hint</code> and every problem at once. As a document for programs, with the answers too: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). <a href="/">Back to the board</a>.</p>${sections.join("")}</main></body></html>`;
}

function section(
  origin: string,
  path: string,
  { summary, description, body, example, answer }: ApiPath,
): string {
  const command =
    body === null
      ? `curl ${origin}${path}`
      : `curl ${origin}${path} -H 'content-type: application/json' \\\n  -d '${JSON.stringify(example)}'`;
  return `<section><h2><code>${body === null ? "GET" : "POST"} ${path}</code></h2><p><strong>${escaped(summary)}.</strong> ${escaped(description)} ${escaped(answer.description)}</p>${body === null ? "" : fieldTable(body)}<pre tabindex="0">${escaped(command)}</pre></section>`;
}

interface FieldSchema {
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  anyOf?: FieldSchema[];
  items?: FieldSchema;
  properties?: Record<string, FieldSchema>;
  additionalProperties?: FieldSchema | boolean;
  required?: string[];
}

function fieldTable(body: z.ZodType): string {
  const rows = fieldsOf(bodySchema(body) as FieldSchema, "").map(
    ({ name, isNeeded, field }) =>
      `<tr><td><code>${escaped(name)}</code>${isNeeded ? "" : " (optional)"}</td><td>${escaped(kindOf(field))}</td><td>${escaped(field.description ?? "")}</td></tr>`,
  );
  return `<table><thead><tr><th>field</th><th>is</th><th>means</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Fields of a schema and of what stands in them, by their way from the top. */
function fieldsOf(
  schema: FieldSchema,
  above: string,
): { name: string; isNeeded: boolean; field: FieldSchema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${above}${key}`;
    const isNeeded = schema.required?.includes(key) === true;
    const within = [field, ...(field.anyOf ?? [])].flatMap((one) => [
      ...fieldsOf(one, `${name}.`),
      ...fieldsOf(one.items ?? {}, `${name}[].`),
      ...(typeof one.additionalProperties === "object"
        ? fieldsOf(one.additionalProperties, `${name}.NAME.`)
        : []),
    ]);
    return [{ name, isNeeded, field }, ...within];
  });
}

function kindOf({ type, enum: words, anyOf, items }: FieldSchema): string {
  if (words !== undefined) return words.join(", ");
  if (anyOf !== undefined) return anyOf.map(kindOf).join(" or ");
  if (items !== undefined) return `list of ${kindOf(items)}`;
  return [type ?? "any"].flat().join(" or ").replaceAll("string", "text");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
