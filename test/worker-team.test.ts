import { join } from "node:path";
import { expect, it } from "vitest";
import type { Dataset } from "#src/dataset/define-dataset.js";
import { RunFailedError } from "#src/errors.js";
import { defaultTestSettings, resolveLogSettings } from "#src/loadgen/settings.js";
import type { TestPlan } from "#src/sut/plan.js";
import { WorkerTeam } from "#src/sut/worker-team.js";
import { openBodies, writeBodies } from "#src/transport/body-store.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();

async function planOfTwoSamples(): Promise<TestPlan> {
  const dataset: Dataset = {
    ...{ name: "two", size: 2, performanceSampleCount: 2, source: "test", sha256: null },
    sample: () => ({ prompt: "Hi" }),
  };
  return {
    settings: defaultTestSettings(),
    log: resolveLogSettings({ outdir: folder }),
    auditConfig: null,
    sutName: "none",
    bodies: await writeBodies(dataset, () => Buffer.from("{}"), join(folder, "bodies")),
    transport: {
      endpoints: [{ url: "http://127.0.0.1:1" }],
      api: "completions",
      headers: {},
      tls: { ca: null, cert: null, key: null, insecure: false },
      workers: 2,
      connections: 2,
      timeoutMs: 1000,
    },
    warmupRequests: 0,
    payload: "text",
  };
}

it("a worker that dies is told of once, and what is asked of it later is refused instead of never answered", async () => {
  const plan = await planOfTwoSamples();
  const deaths: RunFailedError[] = [];
  const team = await WorkerTeam.start(plan, (error) => deaths.push(error));
  const bodies = openBodies(plan.bodies);
  await team.load(bodies.load([0, 1]));
  // A sample that was never loaded is our own mistake, and an error that nobody catches.
  await expect(team.warmUp([99])).rejects.toMatchObject({ code: "WORKER_DIED", exitCode: 5 });
  await expect(team.unload()).rejects.toBe(deaths[0]);
  await expect(team.finish(0, true)).rejects.toBe(deaths[0]);
  expect(deaths).toHaveLength(1);
  expect(deaths[0]).toBeInstanceOf(RunFailedError);
  expect(deaths[0]?.cause).toMatchObject({ code: "BODY_NOT_LOADED" });
  bodies.close();
});
