// A whole run from a program: against the built-in simulator here, against your server with its URL instead.
import { loadRunConfig, renderTable, run, spawnSim } from "flexbench";

const server = await spawnSim({ ttft: { shape: "fixed", ms: 20 }, itl: { shape: "fixed", ms: 5 } });
try {
  const config = loadRunConfig({
    flags: {
      endpoint: [server.url],
      scenario: "server",
      targetQps: 100,
      duration: "5s",
      minQueries: 500,
      maxTokens: 16,
      output: process.argv[2],
    },
  });
  const record = await run(config);
  console.log(renderTable(record, { width: 80, color: false }));
  process.exitCode = record.state === "valid" ? 0 : 1;
} finally {
  await server.stop();
}
