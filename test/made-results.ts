import { addFeatures } from "#src/openmlperf/features/add-features.js";
import { loadSpecTables } from "#src/openmlperf/features/spec-tables.js";
import type { Row } from "#src/openmlperf/row.js";
import { columnNames } from "#src/openmlperf/row.js";
import { caseOfRow } from "#src/predict/case-of-row.js";
import { priorConstants } from "#src/predict/fit-physics.js";
import { physicsLog } from "#src/predict/physics.js";

/** Specifications and shapes that come with FlexBench. */
export const specTables = loadSpecTables();

const chips = [
  ["H100-SXM-80GB", "NVIDIA", "Hopper", 80, 8, "TensorRT-LLM"],
  ["H200-SXM-141GB", "NVIDIA", "Hopper", 141, 8, "TensorRT-LLM"],
  ["B200-SXM-180GB", "NVIDIA", "Blackwell", 180, 8, "TensorRT-LLM"],
  ["L40S", "NVIDIA", "Ada Lovelace", 48, 4, "TensorRT-LLM"],
  ["MI300X", "AMD", "CDNA 3", 192, 8, "vLLM"],
  ["MI325X", "AMD", "CDNA 3", 256, 8, "vLLM"],
] as const;
const models = [
  ["llama2-70b", "llama2-70b", 69, 69],
  ["llama3.1-8b", "llama3.1-8b", 8.03, 8.03],
  ["mixtral-8x7b", "mixtral-8x7b", 46.7, 12.9],
  ["gpt-oss-120b", "gpt-oss-120b", 116.8, 5.13],
] as const;
const limits = { Server: [2000, 200], Interactive: [450, 40] } as const;

/** A row of the dataset of which only some columns are known. */
export function madeRow(known: Partial<Row>): Row {
  const empty = Object.fromEntries(columnNames.map((name) => [name, null])) as unknown as Row;
  const [row] = addFeatures([{ ...empty, ...known }], specTables);
  if (row === undefined) throw new Error("no row");
  return row;
}

/** What the made chips have beside what the physics says, in logs: something to learn. */
const secret: Readonly<Record<string, number>> = {
  vLLM: -0.25,
  "TensorRT-LLM": 0.1,
  Server: -0.05,
  Interactive: 0.1,
};

/**
 * Results of made systems: their throughput is the physics with other constants, an effect of engine and scenario, and
 * some scatter. The same each time.
 */
export function madeResults(): Row[] {
  const truth = { ...priorConstants(), compute: Math.log(0.55), memory: Math.log(0.6) };
  let state = 7;
  const scatter = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state / 0x7fffffff - 0.5) * 0.08;
  };
  const rows: Row[] = [];
  for (const [chipIndex, [accelerator, vendor, family, memory, count, framework]] of chips.entries())
    for (const [model, benchmark, parameters, active] of models)
      for (const scenario of ["Offline", "Server", "Interactive"] as const)
        for (const [roundIndex, round] of ["v5.0", "v5.1", "v6.0"].entries())
          for (const submitter of ["One", "Two"]) {
            const dataType = accelerator === "B200-SXM-180GB" ? "fp4" : "fp8";
            const [ttft, tpot] = scenario === "Offline" ? [null, null] : limits[scenario];
            const id = `${accelerator}-${model}-${scenario}-${round}-${submitter}`;
            const row = madeRow({
              ...{
                id,
                round,
                submitter,
                accelerator,
                benchmark,
                scenario,
                model,
                framework,
                origin: "official",
              },
              ...{ benchmark_family: benchmark, division: "closed", source: "made", source_kind: "made" },
              ...{ source_file: "made.json", system_name: `${submitter} ${count}x${accelerator}` },
              ...{ accelerator_vendor: vendor, accelerator_family: family, accelerator_memory_gb: memory },
              ...{ accelerators_total: count, nodes: 1, is_cpu_only: false, weight_data_type: dataType },
              ...{ params_total_b: parameters, params_active_b: active, result_unit: "tokens/s" },
              ttft_limit_ns: ttft === null ? null : ttft * 1e6,
              tpot_limit_ns: tpot === null ? null : tpot * 1e6,
              ...{ result_value: 1, tokens_per_second: 1 },
            });
            const outcome = caseOfRow(row, specTables);
            if (outcome.state === "unusable") throw new Error(`${id}: ${outcome.why}`);
            const log =
              physicsLog(outcome.of, truth) +
              (secret[framework] ?? 0) +
              (secret[scenario] ?? 0) +
              0.03 * roundIndex +
              0.02 * chipIndex +
              scatter();
            const tokens = Math.exp(log) * count;
            rows.push({
              ...row,
              ...{ result_value: tokens, tokens_per_second: tokens },
              tokens_per_second_per_accelerator: tokens / count,
              ...(tpot === null || ttft === null
                ? {}
                : {
                    ttft_p50_ns: ttft * 1e6 * 0.3 * Math.exp(scatter()),
                    ttft_p99_ns: ttft * 1e6 * 0.8 * Math.exp(scatter()),
                    tpot_p50_ns: tpot * 1e6 * 0.7 * Math.exp(scatter()),
                    tpot_p99_ns: tpot * 1e6 * 0.9 * Math.exp(scatter()),
                  }),
            });
          }
  return rows;
}
