import { basename } from "node:path";
import { EnvironmentError } from "../errors.ts";
import { type EndpointAccess, EndpointClient, resolveAccess } from "./endpoint-client.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { readServedModels } from "./served-models.ts";
import type { AnyServer } from "./server-kinds.ts";

/** Names under which a server may serve the model that it was asked for; none: nothing was asked for. */
export function namesOfModel(
  { ownModel }: Pick<AnyServer, "ownModel">,
  settings: LaunchSettings & { servedModelName?: unknown },
  place: { model: string | null },
): string[] {
  if (typeof settings.servedModelName === "string") return [settings.servedModelName];
  if (settings.model === undefined) return ownModel === undefined ? [] : [ownModel];
  const path = place.model ?? settings.model;
  return [...new Set([settings.model, path, basename(path)])];
}

/**
 * The one of these names that a server lists; null where no name was asked for. A server that lists no models is
 * believed. Throws EnvironmentError `SERVER_MODEL` when it serves others.
 */
export async function servedName(
  { title, url, names }: { title: string; url: string; names: readonly string[] },
  access: EndpointAccess,
): Promise<string | null> {
  const [asked] = names;
  if (asked === undefined) return null;
  const client = new EndpointClient(url, resolveAccess(access));
  try {
    const models = readServedModels(url, await client.get("/v1/models"));
    const listed = models.flatMap(({ id, aliases }) => [id, ...aliases]);
    if (listed.length === 0) return asked;
    const served = names.find((name) => listed.includes(name));
    if (served !== undefined) return served;
    throw new EnvironmentError("SERVER_MODEL", `${title} serves ${listed.join(", ")}, not ${asked}.`, {
      hint: "Name the model that it serves (--model), or what it calls this one (--served-model-name).",
    });
  } finally {
    await client.close();
  }
}
