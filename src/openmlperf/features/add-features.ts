import { columnNames, type PartialRow, type Row } from "../row.ts";
import { rooflineTokensPerSecond } from "./roofline.ts";
import { type Chip, chipColumns, type SpecTables } from "./spec-tables.ts";
import { bytesOfType, peakOf } from "./weights-on-chip.ts";

type Features = { -readonly [Name in keyof Row]?: Row[Name] };

/** Joins chips, models and benchmarks to the rows and derives what predicts throughput; no column is overwritten. */
export function addFeatures(rows: readonly PartialRow[], tables: SpecTables): Row[] {
  return rows.map((row) => {
    const complete = Object.fromEntries(columnNames.map((name) => [name, row[name] ?? null])) as Row;
    return { ...complete, ...featuresOf(complete, tables) };
  });
}

function featuresOf(row: Row, { chips, models, benchmarks }: SpecTables): Features {
  const chip: Chip = chips.get(row.accelerator ?? "") ?? {};
  const model = models.get(row.model ?? "");
  const lengths = benchmarks.get(row.benchmark_family);
  const bytesPerParameter = bytesOfType[row.weight_data_type ?? ""] ?? null;
  const weightsGb =
    bytesPerParameter === null || row.params_total_b === null ? null : row.params_total_b * bytesPerParameter;
  const features: Features = {
    layers: model?.layers ?? null,
    hidden_size: model?.hidden_size ?? null,
    attention_heads: model?.attention_heads ?? null,
    kv_heads: model?.kv_heads ?? null,
    head_dim: model?.head_dim ?? null,
    experts: model?.experts ?? null,
    experts_active: model?.experts_active ?? null,
    kv_elements_per_token_layer: model?.kv_elements_per_token_layer ?? null,
    mean_output_tokens: lengths?.mean_output_tokens ?? null,
    mean_prompt_tokens: lengths?.mean_prompt_tokens ?? null,
    bytes_per_parameter: bytesPerParameter,
    weights_gb: weightsGb,
    peak_tflops: peakOf(chip, row.weight_data_type),
  };
  Object.assign(features, Object.fromEntries(chipColumns.map((column) => [column, chip[column] ?? null])));
  const bound = boundOf(
    { ...row, ...features },
    {
      beams: lengths?.beams ?? 1,
      kvLayers: model?.full_attention_layers ?? model?.layers ?? null,
    },
  );
  features.roofline_tokens_per_second = bound;
  features.roofline_share =
    bound === null || row.tokens_per_second === null ? null : row.tokens_per_second / bound;
  return features;
}

function boundOf(row: Row, { beams, kvLayers }: { beams: number; kvLayers: number | null }): number | null {
  const { accelerators_total: total, peak_tflops: peak, memory_bandwidth_tbps: bandwidth } = row;
  const memoryGb = systemMemoryGb(row);
  const { params_active_b: active, weights_gb: weights, kv_elements_per_token_layer: kvElements } = row;
  const { mean_prompt_tokens: prompt, mean_output_tokens: output } = row;
  if (total === null || peak === null || bandwidth === null || memoryGb === null) return null;
  if (active === null || weights === null || kvElements === null || kvLayers === null) return null;
  if (prompt === null || output === null) return null;
  // An unknown cache is taken for fp8, so that the bound stays a bound.
  const kvBytes = bytesOfType[row.kv_data_type ?? "fp8"] ?? 1;
  return rooflineTokensPerSecond({
    operationsPerSecond: total * peak * 1e12,
    bytesPerSecond: total * bandwidth * 1e12,
    memoryBytes: memoryGb * 1e9,
    parametersActive: active * 1e9,
    weightBytes: weights * 1e9,
    kvBytesPerToken: kvElements * kvLayers * kvBytes,
    promptTokens: prompt,
    outputTokens: output,
    beams,
  });
}

/** Memory that holds weights and cache: of all accelerators, or of the hosts where processors do the work. */
function systemMemoryGb(row: Row): number | null {
  const [one, count] = row.is_cpu_only
    ? [row.host_memory_gb, row.nodes ?? 1]
    : [row.accelerator_memory_gb, row.accelerators_total];
  return one === null || count === null ? null : one * count;
}
