import { checkConf } from "../../loadgen/conf.ts";
import { confKeyOf } from "../benchmark-rules.ts";
import type { Finding, Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";

const measurementFields: readonly string[] = [
  "input_data_types",
  "retraining",
  "starting_weights_filename",
  "weight_data_types",
  "weight_transformations",
];

const filesOf: Readonly<Record<string, { needed: readonly string[]; allowed: readonly string[] }>> = {
  accuracy: {
    needed: ["mlperf_log_summary.txt", "mlperf_log_detail.txt", "mlperf_log_accuracy.json", "accuracy.txt"],
    allowed: [],
  },
  "performance/run_1": {
    needed: ["mlperf_log_summary.txt", "mlperf_log_detail.txt"],
    allowed: ["mlperf_log_accuracy.json", "spl.txt"],
  },
};
const optionalLogs = ["mlperf_log_trace.json", "results.json"];
const knownFolders = ["accuracy", "performance", "TEST01", "TEST04", "TEST06", "TEST07", "TEST09"];
const knownRunFolders = ["run_1", "power", "ranging"];

const sizeOf = ({ entries, path }: ResultFolder, name: string): number | null =>
  entries.find((entry) => entry.kind === "file" && entry.path === `${path}/${name}`)?.bytes ?? null;

function needsFile(id: string, name: string, purpose: string): Rule<ResultFolder> {
  return {
    id,
    asks: `Every result has a ${name} that is not empty: ${purpose}.`,
    find: (result) => {
      const bytes = sizeOf(result, name);
      const file = `${result.path}/${name}`;
      if (bytes === null) return [{ file, message: "it is missing" }];
      return bytes === 0 ? [{ file, message: "it is empty" }] : [];
    },
  };
}

/** Names directly in a folder of a result. */
function namesIn(result: ResultFolder, folder: string, kind: "file" | "folder"): string[] {
  const place = folder === "" ? result.path : `${result.path}/${folder}`;
  return result.entries
    .filter((entry) => entry.kind === kind && entry.path === `${place}/${entry.name}`)
    .map(({ name }) => name);
}

/** Rules about what stands beside the logs of a result. */
export const measurementRules: readonly Rule<ResultFolder>[] = [
  {
    id: "result-files",
    asks: "A result has its logs and accuracy.txt, and no file or folder of another name beside them.",
    find: (result) => {
      const findings: Finding[] = [];
      const add = (name: string, message: string): void => {
        findings.push({ file: `${result.path}/${name}`, message });
      };
      for (const [folder, { needed, allowed }] of Object.entries(filesOf)) {
        const names = namesIn(result, folder, "file");
        for (const name of needed) if (!names.includes(name)) add(`${folder}/${name}`, "it is missing");
        for (const name of names)
          if (![...needed, ...allowed, ...optionalLogs].includes(name))
            add(`${folder}/${name}`, "it does not belong here");
        for (const name of namesIn(result, folder, "folder"))
          add(`${folder}/${name}`, "this folder does not belong here");
      }
      for (const name of namesIn(result, "", "folder"))
        if (!knownFolders.includes(name)) add(name, "this folder is none of a result");
      for (const name of namesIn(result, "performance", "folder"))
        if (!knownRunFolders.includes(name))
          add(`performance/${name}`, "this folder is none of a performance test");
      return findings;
    },
  },
  {
    id: "measurements-json",
    asks: "Every result has a measurements.json that is a JSON object.",
    find: ({ measurements: { path, complaint } }) =>
      complaint === null ? [] : [{ file: path, message: complaint }],
  },
  {
    id: "measurements-fields",
    asks: "measurements.json tells data types, retraining, starting weights and weight transformations.",
    find: ({ measurements: { path: file, value } }) =>
      value === null
        ? []
        : measurementFields
            .filter((name) => !value[name])
            .map((name) => ({ file, message: `${name} is ${name in value ? "empty" : "missing"}` })),
  },
  needsFile("user-conf", "user.conf", "what LoadGen was told beyond its own conf"),
  needsFile("readme", "README.md", "how to run it again"),
  {
    id: "user-conf-read",
    asks: "LoadGen can read all of user.conf, and some of it is about this benchmark and scenario.",
    find: (result) => {
      const { userConf, rules, scenario, path } = result;
      if (userConf === null || userConf === "") return [];
      const file = `${path}/user.conf`;
      const problems = checkConf(userConf, "user").map(({ line, message }) => ({
        file,
        message: `line ${line} ${message}`,
      }));
      const model = confKeyOf(rules, scenario);
      const loadgenScenario = scenario === "Interactive" ? "Server" : scenario;
      const isMeant = userConf.split(/\r?\n/).some((line) => {
        const parts = (/^\s*([^\s#]+)\s+=/.exec(line)?.[1] ?? "").split(".");
        const [lineModel, lineScenario] = [parts.slice(0, -2).join("."), parts.at(-2)];
        return [model, "*"].includes(lineModel) && [loadgenScenario, "*"].includes(lineScenario ?? "");
      });
      if (!isMeant)
        problems.push({
          file,
          message: `nothing in it is about ${model} in the scenario ${loadgenScenario}`,
        });
      return problems;
    },
  },
];
