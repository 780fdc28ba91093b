import { closestName } from "../config/closest-name.ts";
import { EndpointError } from "../errors.ts";
import { type GetAnswer, jsonOf } from "./endpoint-client.ts";
import { refusedByStatus } from "./endpoint-error.ts";

/** One model that an endpoint lists. */
export interface ServedModel {
  id: string;
  /** Other names of it. */
  aliases: string[];
  /** Longest prompt plus answer, tokens, or null where the server does not say. */
  maxModelLen: number | null;
  /** Who the server says owns it; servers put their own name there. */
  ownedBy: string;
}

/**
 * The models of a `/v1/models` answer; an endpoint without that route lists none. Throws an EndpointError
 * `ENDPOINT_UNAUTHORIZED` or `ENDPOINT_STATUS` when the endpoint refuses to tell.
 */
export function readServedModels(url: string, answer: GetAnswer): ServedModel[] {
  if (answer.status !== 200 && answer.status !== 404 && answer.status !== 405) {
    throw refusedByStatus(url, answer.status, answer.body);
  }
  const { data } = jsonOf(answer);
  if (!Array.isArray(data)) return [];
  return data.filter(isModel).map((model) => ({
    id: model.id,
    aliases: (model.aliases ?? []).filter((alias) => alias !== model.id),
    maxModelLen: model.max_model_len ?? model.meta?.n_ctx ?? null,
    ownedBy: model.owned_by ?? "",
  }));
}

/**
 * The model to ask for: the named one, or else the only one there is. Throws an EndpointError `MODEL_NOT_FOUND`
 * or `MODEL_UNCLEAR` whose hint lists the models.
 */
export function chooseModel(url: string, models: readonly ServedModel[], asked: string | null): string {
  const names = models.flatMap(({ id, aliases }) => [id, ...aliases]);
  if (asked === null) {
    const [only] = models;
    if (only !== undefined && models.length === 1) return only.id;
    throw new EndpointError("MODEL_UNCLEAR", `${url} lists ${models.length} models, and none is named.`, {
      hint: `Name one with --model${models.length === 0 ? "." : `: ${names.join(", ")}.`}`,
    });
  }
  if (names.length === 0 || names.includes(asked)) return asked;
  const closest = closestName(asked, names);
  const guess = closest === null ? "" : ` Did you mean ${closest}?`;
  throw new EndpointError("MODEL_NOT_FOUND", `${url} does not serve the model ${asked}.`, {
    hint: `It serves ${names.join(", ")}.${guess}`,
  });
}

interface ListedModel {
  id: string;
  aliases?: string[];
  owned_by?: string;
  max_model_len?: number | null;
  meta?: { n_ctx?: number } | null;
}

function isModel(value: unknown): value is ListedModel {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}
