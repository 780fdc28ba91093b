import type { Explanation } from "../loadgen/explain-verdict.ts";

/** Output tokens as the servers and as the client counted them, warm-up included. */
export interface TokenTotals {
  /** Null where the servers have no such counter or it cannot be trusted. */
  server: number | null;
  /** Null where the client does not know the tokens of every request. */
  client: number | null;
  /** Server less client. */
  difference: number | null;
  /** Whether a difference fails the run. */
  checked: boolean;
  /** Why one of them is null or the check is off; null where neither is. */
  why: string | null;
}

/** What is known on both sides. */
export interface CountedTokens {
  server: number | null;
  /** Why the servers' count is null. */
  serverWhy: string | null;
  client: number | null;
  /** Why the client's count is null. */
  clientWhy: string | null;
  /** The user says that others use the servers too. */
  shared: boolean;
}

/** Holds both counts against each other. */
export function compareTokens({ server, serverWhy, client, clientWhy, shared }: CountedTokens): TokenTotals {
  const difference = server === null || client === null ? null : server - client;
  const reasons = [
    server === null ? serverWhy : null,
    client === null ? clientWhy : null,
    shared ? "Others use the server too (--shared-server)." : null,
  ].filter((reason) => reason !== null);
  return {
    server,
    client,
    difference,
    checked: difference !== null && !shared,
    why: reasons.length === 0 ? null : reasons.join(" "),
  };
}

/** Why two counts that must agree and do not fail the run; null when they agree or were not held against each other. */
export function tokenMismatch({ server, client, difference, checked }: TokenTotals): Explanation | null {
  if (!checked || difference === null || difference === 0) return null;
  const counts = `The server counted ${server} output tokens and the client ${client}, warm-up included`;
  return difference > 0
    ? {
        reason: `${counts}: ${difference} went elsewhere or were lost on the way.`,
        remedy:
          "Do other clients use the server? Then its figures are not this run's alone; --shared-server accepts that. Else a proxy or the server drops tokens.",
      }
    : {
        reason: `${counts}: ${-difference} tokens came from somewhere else than what /metrics counts.`,
        remedy:
          "Do several servers stand behind one address? Name the metrics of each with --metrics-url. --shared-server turns the check off.",
      };
}
