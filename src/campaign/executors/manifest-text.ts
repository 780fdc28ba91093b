import { stringify } from "yaml";
import type { Manifest } from "./kubernetes-manifests.ts";

/** Objects of Kubernetes as YAML for `kubectl apply`. */
export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest)).join("---\n");
}
