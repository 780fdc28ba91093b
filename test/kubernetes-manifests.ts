import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
const packages = fileURLToPath(new URL("../node_modules", import.meta.url));

/** A manifest as it would be sent to a Kubernetes API server. */
export interface Manifest {
  apiVersion: string;
  kind: string;
}

interface Named {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
}

interface Model {
  validate(): void;
}

type Resources = Record<string, (new (manifest: Manifest) => Model) | undefined>;

const moduleOf = (apiVersion: string) => `kubernetes-models/${apiVersion}`;

/** What Kubernetes' OpenAPI schema of its kind refuses in a manifest: types, ranges, words, fields left out. */
export async function brokenSchemas(manifests: readonly Manifest[]): Promise<string[]> {
  const broken: string[] = [];
  for (const manifest of manifests) {
    try {
      const resources: Resources = await import(moduleOf(manifest.apiVersion));
      const Resource = resources[manifest.kind];
      if (Resource === undefined) throw new Error("Kubernetes has no such kind");
      new Resource(manifest).validate();
    } catch (error) {
      broken.push(
        `${manifest.apiVersion} ${manifest.kind}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return broken;
}

/**
 * Fields that Kubernetes' OpenAPI schema does not know, which a schema lets pass and an API server refuses. The TypeScript
 * types are made from the same schemas, and a compiler refuses unknown fields in a literal.
 */
export async function unknownFields(manifests: readonly Manifest[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    symlinkSync(packages, join(folder, "node_modules"));
    const literals = manifests.map(
      (manifest) =>
        `void (${JSON.stringify(manifest)} satisfies import("${moduleOf(manifest.apiVersion)}").I${manifest.kind});`,
    );
    writeFileSync(join(folder, "manifests.mts"), literals.join("\n"));
    writeFileSync(join(folder, "package.json"), "{}");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--pretty", "false"];
    const compiler = join(packages, "typescript", "bin", "tsc");
    await execute(process.execPath, [compiler, ...options, "--types", "", "manifests.mts"], { cwd: folder });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (stdout === undefined || stdout === "") throw error;
    return stdout.trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * Names and labels that an API server refuses and no schema does: a Service's name is a DNS label after RFC 1035, a letter
 * first; names of the rest, of which pods and hosts are made, are DNS labels after RFC 1123; labels hold 63 characters.
 */
export function brokenNames(manifests: readonly Named[]): string[] {
  return manifests.flatMap(({ kind, metadata: { name, labels = {} } }) => [
    ...(dnsLabel.test(name) && (kind !== "Service" || /^[a-z]/.test(name)) ? [] : [`${kind} ${name}`]),
    ...Object.entries(labels)
      .filter(([, value]) => !labelValue.test(value))
      .map(([label, value]) => `${kind} ${name}: label ${label}=${value}`),
  ]);
}
