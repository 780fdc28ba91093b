import { closedLoopClients } from "../clients/closed-loop.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { median, round } from "../statistics.mjs";
import { slope, turns } from "./slope.mjs";

const tokens = 100;

/** CPU per streamed token in the closed loop, each client in turn, and ratios as medians over pairs. */
export async function cpuPerToken({ streams, repeats, rounds, python }) {
  // At 1,000 streams the server's own core would be the limit at 10 ms.
  const itlMs = streams > 200 ? 25 : 10;
  const answerSeconds = (20 + (tokens - 1) * itlMs) / 1000;
  const clients = closedLoopClients({ python });
  const usPerToken = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  const tokenDifference = Object.fromEntries(Object.keys(clients).map((name) => [name, 0]));
  let failed = 0;
  await withPacedServer({ itlMs }, async (server) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const name of turns(Object.keys(clients), repeat)) {
        const run = (count) =>
          clients[name]({ url: server.url, streams, tokens, rounds: count, answerSeconds });
        const measured = await slope(run, server, rounds);
        usPerToken[name].push(measured.usPerToken);
        tokenDifference[name] += measured.tokenDifference;
        failed += measured.failed;
      }
    }
  });
  const ratio = (name, peer) => ratioOf(usPerToken[name], usPerToken[peer]);
  return {
    streams,
    usPerToken: Object.fromEntries(
      Object.entries(usPerToken).map(([name, values]) => [name, round(median(values))]),
    ),
    toWrk: ratio("ours", "wrk"),
    idsToWrk: ratio("oursIds", "wrkIds"),
    undiciToWrk: ratio("undici", "wrk"),
    toUndici: ratio("ours", "undici"),
    idsToUndici: ratio("oursIds", "undiciIds"),
    pythonToOurs: ratio("python", "ours"),
    tokenDifference,
    failed,
  };
}

/** Median of the ratios of what was measured in the same repeat; null where one of the two was not. */
function ratioOf(values = [], peers = []) {
  return peers.length === 0 ? null : round(median(values.map((value, i) => value / peers[i])));
}
