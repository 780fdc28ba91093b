import type { SpecTables } from "../openmlperf/features/spec-tables.ts";
import type { Row } from "../openmlperf/row.ts";
import {
  caseDataTypes,
  type PredictedScenario,
  type PredictionCase,
  predictedScenarios,
} from "./prediction-case.ts";
import { timeOfRow } from "./time-of-row.ts";

/** A row of the dataset as a case with what was measured, or why it teaches nothing. */
export type RowOutcome =
  | { state: "usable"; of: PredictionCase; tokensPerSecondPerAccelerator: number; trust: number }
  | { state: "unusable"; why: string };

/** The round that is kept back: nothing is trained or tuned on it. */
export const sealedRound = "v6.1";

/** Rows with these doubts count less in training; in an evaluation they count in full. */
const doubtful = /\b(below-capacity|load-target|dtype-doubt|other-regime)\b/;
const doubtfulTrust = 0.2;
/** What is taken for the memory of one socket's share of a host, GB. */
export const processorMemoryGb = 512;
/** GPT-J's Server scenario bounds the whole request to 20 s; its answers have 69 tokens. */
const gptjTpotLimitMs = 20_000 / 69;

/** The case of a row of the dataset; its time is the day on which its round, or it itself, was published. */
export function caseOfRow(
  row: Row,
  { models, publicationDays }: Pick<SpecTables, "models" | "publicationDays">,
): RowOutcome {
  const unusable = (why: string): RowOutcome => ({ state: "unusable", why });
  const { accelerators_total: total, tokens_per_second: tokens } = row;
  if (row.round === sealedRound) return unusable("round is sealed");
  if (tokens === null || total === null || total === 0) return unusable("no tokens a second");
  if (row.duplicate_of !== null) return unusable("duplicate");
  if (row.accelerator_mix !== null) return unusable("mixed accelerators");
  if (/\bchanged-model\b/.test(row.flags ?? "")) return unusable("pruned, sparse or finetuned model");
  if (!(predictedScenarios as readonly string[]).includes(row.scenario)) return unusable("scenario");
  const memoryGb = row.accelerator_memory_gb ?? (row.is_cpu_only ? processorMemoryGb : null);
  const { peak_bf16_tflops: bf16, memory_bandwidth_tbps: bandwidth, accelerator } = row;
  if (accelerator === null || bf16 === null || bandwidth === null || memoryGb === null)
    return unusable("chip without specifications");
  const model = models.get(row.model ?? "");
  const { params_total_b: parameters, params_active_b: active } = row;
  if (model === undefined || parameters === null || active === null) return unusable("model without a shape");
  const { mean_prompt_tokens: promptTokens, mean_output_tokens: outputTokens } = row;
  if (promptTokens === null || outputTokens === null) return unusable("benchmark without lengths");
  const time = timeOfRow(row, publicationDays);
  if (time === null) return unusable("time unknown");
  if (row.weight_data_type === null || !caseDataTypes.includes(row.weight_data_type))
    return unusable("data type unknown");
  const scenario = row.scenario as PredictedScenario;
  const isGptjServer = row.benchmark_family === "gptj" && scenario === "Server";
  return {
    state: "usable",
    tokensPerSecondPerAccelerator: tokens / total,
    trust: doubtful.test(row.flags ?? "") ? doubtfulTrust : 1,
    of: {
      chip: {
        ...{
          name: accelerator,
          family: row.accelerator_family ?? accelerator,
          vendor: row.accelerator_vendor ?? "",
        },
        ...{
          memoryGb,
          memory_bandwidth_tbps: bandwidth,
          peak_bf16_tflops: bf16,
          isCpu: row.is_cpu_only === true,
        },
        peak_fp8_tflops: row.peak_fp8_tflops ?? undefined,
        peak_fp4_tflops: row.peak_fp4_tflops ?? undefined,
        peak_int8_tops: row.peak_int8_tops ?? undefined,
        interconnect_gbps: row.interconnect_gbps ?? undefined,
        tdp_w: row.tdp_w === null ? undefined : row.tdp_w * powerShare(row),
        accelerator_year: row.accelerator_year ?? undefined,
      },
      model: { ...model, parameters: parameters * 1e9, activeParameters: active * 1e9 },
      dataType: row.weight_data_type,
      scenario,
      ...{ promptTokens, outputTokens, beams: row.benchmark_family === "gptj" ? 4 : 1 },
      tpotLimitMs: isGptjServer ? gptjTpotLimitMs : msOf(scenario === "Offline" ? null : row.tpot_limit_ns),
      ttftLimitMs: msOf(scenario === "Offline" ? null : row.ttft_limit_ns),
      accelerators: total,
      nodes: Math.max(1, row.nodes ?? 1),
      framework: row.framework,
      division: row.division === "open" ? "open" : "closed",
      time,
    },
  };
}

const msOf = (ns: number | null): number | null => (ns === null ? null : ns / 1e6);

/** A card that ran with another power limit than its specification says so in the name of its system. */
function powerShare({ flags }: Row): number {
  if (/\bpower-limited\b/.test(flags ?? "")) return 0.6;
  return /\bpower-raised\b/.test(flags ?? "") ? 1.2 : 1;
}
