import type { RunRecord } from "../../../results/record.ts";
import type { OwnRun } from "../runs/own-run.ts";
import type { ComparedSystem } from "./compared-systems.ts";
import { type AttributeLine, unknownSign } from "./difference-table.tsx";

/** How compared runs of one's own were made, line by line; none where no run is among the systems. */
export function configurationLines(
  systems: readonly ComparedSystem[],
  runs: readonly OwnRun[],
): AttributeLine[] {
  const records = new Map(
    runs.flatMap(({ record }) => (record === null ? [] : [[record.id, record] as const])),
  );
  const told = systems.map(({ key }) => {
    const record = records.get(key);
    return record === undefined ? new Map<string, string>() : configurationOf(record);
  });
  const titles = [...new Set(told.flatMap((each) => [...each.keys()]))];
  return titles
    .filter((title) => !ofEachRun.has(title))
    .map((title) => ({
      title,
      meaning: null,
      texts: told.map((each) => each.get(title) ?? unknownSign),
    }));
}

/** Where a run was written says nothing of how it was made. */
const ofEachRun = new Set(["config.output"]);

/** Everything of a record that was chosen before the run: model, dataset, client, configuration, start of the server. */
function configurationOf(record: RunRecord): Map<string, string> {
  const { model, dataset, endpoints, server, system, flexbench, loadgen, config } = record;
  return new Map([
    ...flattened("model", model),
    ...flattened("dataset", dataset),
    ...flattened("config", config),
    ...flattened("server", { maxModelLength: server.maxModelLength, configuration: server.configuration }),
    ...flattened("launch", {
      ...{ command: server.launch?.command, settings: server.launch?.settings },
      ...{ container: server.launch?.container, device: server.launch?.device },
    }),
    ...flattened("client", { ...system, workers: record.client?.workers, endpoints: endpoints.length }),
    ...flattened("versions", { flexbench: flexbench.version, loadgen: loadgen?.version }),
  ]);
}

/** Values of nested objects by their paths, such as `config.targetQps`; what is not told is left out. */
function flattened(path: string, value: unknown): [path: string, text: string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) || typeof value !== "object")
    return [[path, typeof value === "string" ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => flattened(`${path}.${name}`, inner));
}
