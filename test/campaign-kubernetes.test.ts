import { describe, expect, test } from "vitest";
import { brokenSchemas, unknownFields } from "./kubernetes-manifests.ts";

const container = { name: "client", image: "flexbench:test" };
const job = (spec: object, pod: object) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "cell" },
  spec: { ...spec, template: { spec: { restartPolicy: "Never", containers: [container], ...pod } } },
});

describe("manifests", () => {
  test("the check of manifests refuses what an API server would", async () => {
    const right = job({ backoffLimit: 0 }, {});
    expect(await brokenSchemas([right])).toEqual([]);
    expect(await unknownFields([right])).toEqual([]);
    const wrong = [
      job({ backoffLimit: "none" }, {}),
      job({}, { containers: [{ image: "flexbench:test" }] }),
      job({}, { restartPolicy: "Perhaps" }),
      { apiVersion: "batch/v1", kind: "Jobb" },
    ];
    expect((await brokenSchemas(wrong)).map((line) => line.split("\n")[0])).toEqual([
      expect.stringContaining("backoffLimit must be integer"),
      expect.stringContaining("required property name"),
      expect.stringContaining("restartPolicy must be equal to one of the allowed values"),
      expect.stringContaining("no such kind"),
    ]);
    expect(await unknownFields([right, job({ backofLimit: 0 }, {})])).toEqual([
      expect.stringMatching(/^manifests\.mts\(2,.*backofLimit/),
    ]);
  });
});
