import { runOurNullSut, runPythonNullSut } from "../clients/null-suts.mjs";
import { round } from "../statistics.mjs";

/** LoadGen handing over to a SUT that answers at once, at a fixed rate and at its highest. */
export async function handOver({ qps, python }) {
  const clients = {
    ours: runOurNullSut,
    ...(python
      ? {
          pythonDirect: (load) => runPythonNullSut({ ...load, how: "direct" }),
          pythonThread: (load) => runPythonNullSut({ ...load, how: "thread" }),
        }
      : {}),
  };
  const results = [];
  for (const [client, run] of Object.entries(clients)) {
    const { validity, completedQps, latencyP50Ns, latencyP99Ns } = await run({ qps, seconds: 2 });
    results.push({
      client,
      askedQps: qps,
      completedQps: round(completedQps, 0),
      validity,
      latencyUs: { p50: round(latencyP50Ns / 1e3, 1), p99: round(latencyP99Ns / 1e3, 1) },
      ceilingQps: await ceiling(run, qps),
    });
  }
  return results;
}

/** The highest asked rate, doubling, that was completed within 1 %; null where even the first was not. */
async function ceiling(run, from) {
  let highest = null;
  for (let qps = from; qps <= 64 * from; qps *= 2) {
    const { completedQps } = await run({ qps, seconds: 2 });
    if (!(completedQps >= 0.99 * qps)) return highest;
    highest = qps;
  }
  return highest;
}
