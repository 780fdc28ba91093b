import { networkFields, systemFields } from "../system/system-fields.ts";
import type { Finding, Rule } from "./rule.ts";
import type { SystemFolder } from "./submission-tree.ts";

const availabilities: readonly string[] = ["available", "preview", "rdi"];
const systemTypes: readonly string[] = ["datacenter", "edge", "datacenter,edge", "edge,datacenter"];

type Description = Readonly<Record<string, unknown>>;

/** A rule about a description that could be read. */
function rule(
  id: string,
  asks: string,
  complaints: (value: Description, system: SystemFolder) => readonly string[],
): Rule<SystemFolder> {
  return {
    id,
    asks,
    find: (system): Finding[] => {
      const { path: file, value } = system.description;
      return value === null ? [] : complaints(value, system).map((message) => ({ file, message }));
    },
  };
}

/** The official checkers take `0` for nothing: it must be the text "0". */
const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === "" ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0);

const field = (value: Description, name: string): string => String(value[name] ?? "");

function oneOf(value: Description, name: string, allowed: readonly string[]): string[] {
  const text = field(value, name);
  return allowed.includes(text)
    ? []
    : [`${name} is "${text}" and not one of ${allowed.map((one) => `"${one}"`).join(", ")}`];
}

/** Rules about the description of one system. */
export const systemRules: readonly Rule<SystemFolder>[] = [
  {
    id: "system-json",
    asks: "Every system with results has a description in systems/ that is a JSON object.",
    find: ({ description: { path, complaint } }) =>
      complaint === null ? [] : [{ file: path, message: complaint }],
  },
  rule("system-fields", "The description has all 35 fields, and 26 of them hold something.", (value) => [
    ...systemFields.filter(({ name }) => !(name in value)).map(({ name }) => `${name} is missing`),
    ...systemFields
      .filter(({ name, mayBeEmpty }) => !mayBeEmpty && name in value && isEmpty(value[name]))
      .map(({ name }) =>
        value[name] === 0 ? `${name} is the number 0, which counts as empty: write "0"` : `${name} is empty`,
      ),
  ]),
  rule(
    "system-text",
    "Text fields of the description are text: the official checkers join and compare them.",
    (value) =>
      [
        "status",
        "system_type",
        "submitter",
        "division",
        "system_name",
        "framework",
        "operating_system",
        "host_processor_model_name",
        "accelerator_model_name",
        "hw_notes",
        "sw_notes",
        "is_network",
      ]
        .filter((name) => name in value && typeof value[name] !== "string")
        .map((name) => `${name} is no text`),
  ),
  rule("system-status", "status is available, preview or rdi.", (value) =>
    oneOf({ status: field(value, "status").toLowerCase() }, "status", availabilities),
  ),
  rule(
    "system-type",
    "system_type is datacenter, edge or both, joined by a comma without a blank.",
    (value) => oneOf(value, "system_type", systemTypes),
  ),
  rule("system-submitter", "submitter is the name of the submitter's folder.", (value, { submitter }) => {
    const text = field(value, "submitter");
    return text.toLowerCase() === submitter.toLowerCase()
      ? []
      : [`submitter is "${text}", but the folder is ${submitter}`];
  }),
  rule("system-division", "division is the name of the division's folder.", (value, { division }) => {
    const text = field(value, "division");
    return text === division ? [] : [`division is "${text}", but the folder is ${division}`];
  }),
  rule("system-numbers", "number_of_nodes and accelerators_per_node are whole numbers.", (value) =>
    ["number_of_nodes", "accelerators_per_node"]
      .filter((name) => name in value && !isEmpty(value[name]) && !/^\d+$/.test(field(value, name).trim()))
      .map((name) => `${name} is "${field(value, name)}" and no whole number`),
  ),
  rule(
    "system-network",
    "is_network is true in the network division and absent or false in the closed one; with it go 12 fields.",
    (value, { division }) => {
      const isNetwork = field(value, "is_network").toLowerCase() === "true";
      const problems: string[] = [];
      if (division === "network" && !isNetwork)
        problems.push('is_network must be "true" in the network division');
      if (division === "closed" && isNetwork)
        problems.push("is_network must not be true in the closed division");
      // Any text counts as true here, even "false".
      if (!isEmpty(value.is_network))
        for (const { name } of networkFields)
          if (!(name in value))
            problems.push(`${name} is missing, which is_network asks for whatever its value`);
      return problems;
    },
  ),
];
