import { closedLoopClients } from "../clients/closed-loop.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { median, round } from "../statistics.mjs";
import { slope, turns } from "./slope.mjs";

const streams = 100;
const itlMs = 10;
/** Answers as unlike as can be: the shorter, the less the noise of the slopes counts in their difference. */
const short = { tokens: 2, rounds: [36, 144] };
const long = { tokens: 100, rounds: [1, 4] };

/** CPU for a request and for a token, apart: two lengths of answers give two equations. */
export async function cpuPerRequest({ repeats }) {
  const { wrk, undici, ours } = closedLoopClients({ python: false });
  const clients = { ...(wrk ? { wrk } : {}), undici, ours };
  const perRequest = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  const perToken = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  let failed = 0;
  await withPacedServer({ itlMs }, async (server) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const name of turns(Object.keys(clients), repeat)) {
        const [few, many] = [
          await slope(runner(clients[name], server, short.tokens), server, short.rounds),
          await slope(runner(clients[name], server, long.tokens), server, long.rounds),
        ];
        // A token's share of its request is 1/tokens: usPerToken = token + request / tokens.
        const request = (few.usPerToken - many.usPerToken) / (1 / short.tokens - 1 / long.tokens);
        perRequest[name].push(request);
        perToken[name].push(many.usPerToken - request / long.tokens);
        failed += few.failed + many.failed;
      }
    }
  });
  const medians = (samples) =>
    Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, round(median(values))]));
  return { streams, usPerRequest: medians(perRequest), usPerToken: medians(perToken), failed };
}

function runner(client, { url }, tokens) {
  const answerSeconds = (20 + (tokens - 1) * itlMs) / 1000;
  return (rounds) => client({ url, streams, tokens, rounds, answerSeconds });
}
