import type { RunRecord } from "../../../results/record.ts";
import type { Table } from "../data/table.ts";

/** Columns by which a model is recognised. */
export const modelColumns = ["benchmark_family", "model"];

/** A name of a benchmark's model. */
export interface KnownModel {
  family: string;
  /** Letters and digits. */
  name: string;
}

/** Names of the models of benchmarks among rows. */
export function knownModels(table: Table, rows: readonly number[]): KnownModel[] {
  const models = new Map<string, KnownModel>();
  for (const row of rows) {
    const family = String(table.column("benchmark_family").values[row] ?? "");
    for (const told of [family, String(table.column("model").values[row] ?? "")])
      if (!models.has(`${family}\n${told}`)) models.set(`${family}\n${told}`, { family, name: bare(told) });
  }
  return [...models.values()].filter(({ name }) => name !== "");
}

/** The model of the benchmarks that a run's is one of, by the longest name that fits; null where none is like it. */
export function familyOfRun(models: readonly KnownModel[], record: RunRecord): string | null {
  const told = [record.submission?.benchmark, record.config.benchmark, record.model.name]
    .filter((name) => typeof name === "string")
    .map(bare);
  const fitting = models.filter(({ name }) => told.some((each) => each.includes(name)));
  const [longest] = fitting.sort((a, b) => b.name.length - a.name.length);
  return longest?.family ?? null;
}

/** Letters and digits of a name, without its owner: meta-llama/Llama-2-70b-chat-hf is llama270bchathf. */
function bare(name: string): string {
  return (name.split("/").at(-1) ?? "").toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
