import { closestName } from "../config/closest-name.ts";
import { seededRandom } from "../dataset/seeded-random.ts";
import type { Problem } from "../errors.ts";
import { type Fault, faults } from "./sim-faults.ts";
import type { Step } from "./sim-script.ts";

/** Which requests a fault strikes; without a condition it strikes all. Every condition given must hold. */
export interface FaultRule {
  /** Name in the table of faults. */
  kind: string;
  /** Every n-th request, counted from the first. */
  everyNth?: number;
  /** This share of the requests, 0..1, by the server's seed. */
  probability?: number;
  /** Only after so many requests. */
  afterRequests?: number;
  /** At most so many requests. */
  times?: number;
  /** Parameters of the fault that differ from its defaults. */
  parameters?: Readonly<Record<string, number>>;
}

const conditions = ["everyNth", "probability", "afterRequests", "times"] as const;

/** Reads `reset-mid-stream` or `status-429?everyNth=10&retryAfter=2`; what is no condition is a parameter. */
export function parseFaultRule(text: string): FaultRule {
  const [kind = "", query = ""] = text.split("?", 2);
  const given = [...new URLSearchParams(query)].map(([name, value]) => [name, readNumber(value)] as const);
  const isCondition = (name: string) => (conditions as readonly string[]).includes(name);
  return {
    kind,
    ...Object.fromEntries(given.filter(([name]) => isCondition(name))),
    parameters: Object.fromEntries(given.filter(([name]) => !isCondition(name))),
  };
}

/** Everything that is wrong with a rule. */
export function faultRuleProblems(rule: FaultRule): Problem[] {
  const where = `fault ${rule.kind}`;
  const fault = faultNamed(rule.kind);
  if (fault === null) {
    const closest = closestName(rule.kind, Object.keys(faults));
    return [{ where, message: `is not known${closest === null ? "" : `; did you mean ${closest}?`}` }];
  }
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(rule.parameters ?? {})) {
    if (!Object.hasOwn(fault.parameters, name)) {
      const known = [...Object.keys(fault.parameters), ...conditions].join(", ");
      problems.push({ where, message: `has no parameter ${name}; it takes ${known}` });
    } else if (!(value >= 0)) {
      problems.push({ where, message: `${name} must be a number of 0 or more` });
    }
  }
  const { everyNth = 1, probability = 1, afterRequests = 0, times = 0 } = rule;
  if (!Number.isSafeInteger(everyNth) || everyNth < 1) {
    problems.push({ where, message: "everyNth must be a whole number of at least 1" });
  }
  if (!(probability >= 0 && probability <= 1))
    problems.push({ where, message: "probability must be 0 to 1" });
  if (!(afterRequests >= 0)) problems.push({ where, message: "afterRequests must be 0 or more" });
  if (!(times >= 0)) problems.push({ where, message: "times must be 0 or more" });
  return problems;
}

/** The steps of an answer after the rule's fault has struck it. */
export function applyFault(rule: FaultRule, steps: Iterable<Step>): Iterator<Step> {
  const fault = faultNamed(rule.kind);
  if (fault === null) return steps[Symbol.iterator]();
  return fault.rewrite([...steps], { ...fault.parameters, ...rule.parameters })[Symbol.iterator]();
}

/** What a rule's fault strikes and what its conditions count. */
export function strikesOf({ kind }: FaultRule): NonNullable<Fault["strikes"]> {
  return faultNamed(kind)?.strikes ?? "request";
}

/** Decides which request, or connection, meets which fault. */
export class FaultPlan {
  readonly #rules: readonly FaultRule[];
  readonly #struck: number[];
  readonly #random: () => number;

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#rules = rules;
    this.#struck = rules.map(() => 0);
    this.#random = seededRandom(seed, 0xfa017);
  }

  /** The first rule that strikes request, or connection, number `ordinal`, counted from 1, or null. */
  strike(ordinal: number): FaultRule | null {
    for (const [index, rule] of this.#rules.entries()) {
      const { everyNth = 1, probability = 1, afterRequests = 0, times = Infinity } = rule;
      const struck = this.#struck[index] ?? 0;
      if (ordinal <= afterRequests || ordinal % everyNth !== 0 || struck >= times) continue;
      if (this.#random() >= probability) continue;
      this.#struck[index] = struck + 1;
      return rule;
    }
    return null;
  }
}

function faultNamed(kind: string): Fault | null {
  return Object.hasOwn(faults, kind) ? (faults[kind] ?? null) : null;
}

function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
