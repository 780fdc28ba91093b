/** A system's description as a submission holds it; counts may be numbers. */
export type SystemDescription = Record<string, string | number>;

/** One field of a system's description. */
export interface SystemField {
  name: string;
  /** The checkers accept it empty. */
  mayBeEmpty: boolean;
  /** What to answer where the machine cannot tell, with an example. */
  question: string;
}

function asked(name: string, question: string): SystemField {
  return { name, mayBeEmpty: false, question };
}

function optional(name: string, question: string): SystemField {
  return { name, mayBeEmpty: true, question };
}

/** The 35 fields that every system needs, in the order of the submission checker (mlcommons/inference b66003e). */
export const systemFields: readonly SystemField[] = [
  asked("division", "closed, open or network"),
  asked("submitter", "who submits"),
  asked("status", "available, preview or rdi"),
  asked("system_name", "what the system is sold as"),
  asked("number_of_nodes", "machines that serve together, a whole number"),
  asked("host_processor_model_name", "such as AMD EPYC 9575F"),
  asked("host_processors_per_node", "sockets of one machine"),
  asked("host_processor_core_count", "cores of one processor"),
  asked("host_memory_capacity", "such as 1536 GiB"),
  asked("host_storage_capacity", "such as 4x 3.84 TB"),
  asked("host_storage_type", "such as NVMe SSD"),
  asked("accelerators_per_node", "a whole number; 0 where there is none"),
  asked("accelerator_model_name", "such as NVIDIA H100-SXM-80GB; N/A where there is none"),
  asked("accelerator_memory_capacity", "of one accelerator, such as 80 GB; N/A where there is none"),
  asked("framework", "what serves the model, with its version, such as vLLM 0.11.0"),
  asked("operating_system", "such as Ubuntu 24.04"),
  asked("system_type", 'datacenter, edge or "datacenter,edge"'),
  asked("other_software_stack", "driver, CUDA or ROCm, kernel"),
  optional("host_processor_frequency", "such as 3.3 GHz"),
  optional("host_processor_caches", "such as L3: 256 MiB"),
  asked("host_memory_configuration", "modules, such as 24x 64 GB DDR5"),
  optional("host_processor_interconnect", "between processors, such as xGMI"),
  asked("host_networking", "such as Ethernet 100 Gb/s"),
  asked("host_networking_topology", "such as one switch; N/A for a single machine"),
  optional("accelerator_frequency", "such as 1980 MHz"),
  asked("accelerator_host_interconnect", "such as PCIe Gen5 x16; N/A where there is none"),
  asked("accelerator_interconnect", "between accelerators, such as NVLink; N/A where there is none"),
  optional("accelerator_interconnect_topology", "such as all to all"),
  asked("accelerator_memory_configuration", "kind of memory, such as HBM3; N/A where there is none"),
  optional("accelerator_on-chip_memories", "such as L2: 50 MB"),
  asked("cooling", "air-cooled or liquid-cooled"),
  optional("hw_notes", "what else matters of the hardware"),
  optional("sw_notes", "what else matters of the software"),
  asked("host_network_card_count", "such as 2x ConnectX-7"),
  optional("system_type_detail", "such as edge server"),
];

/** What the network division asks for besides; elsewhere none of them may be there. */
export const networkFields: readonly SystemField[] = [
  asked("is_network", "true"),
  asked("network_type", "such as Ethernet"),
  asked("network_media", "such as copper"),
  asked("network_rate", "such as 100 Gb/s"),
  asked("nic_loadgen", "network card of the LoadGen node"),
  asked("number_nic_loadgen", "how many of them"),
  asked("net_software_stack_loadgen", "network software of the LoadGen node, such as Linux 6.8 TCP"),
  asked("network_protocol", "such as HTTP/1.1 over TCP"),
  asked("number_connections", "connections between the nodes"),
  asked("nic_sut", "network card of the system under test"),
  asked("number_nic_sut", "how many of them"),
  asked("net_software_stack_sut", "network software of the system under test"),
  asked("network_topology", "how the nodes are connected"),
];

/** The fields of a division, in the order in which they are written. */
export function fieldsOf(division: string): readonly SystemField[] {
  return division === "network" ? [...systemFields, ...networkFields] : systemFields;
}

/** Fields that still need an answer: missing, or empty where the checkers want one. */
export function openFields(
  description: Readonly<SystemDescription>,
  fields: readonly SystemField[] = systemFields,
): SystemField[] {
  return fields.filter(({ name, mayBeEmpty }) => !mayBeEmpty && !isAnswered(description[name]));
}

/** Whether the checkers take a value for an answer: the number 0 is none, the text "0" is one. */
export function isAnswered(value: string | number | undefined): boolean {
  return value !== undefined && value !== "" && value !== 0;
}

/** All fields in their order; those without a value are empty, and others of the file come last. */
export function completed(
  description: Readonly<SystemDescription>,
  fields: readonly SystemField[] = systemFields,
): SystemDescription {
  const empty = Object.fromEntries(fields.map(({ name }) => [name, ""]));
  return { ...empty, ...description };
}

const statuses = ["available", "preview", "rdi"];
const systemTypes = ["datacenter", "edge", "datacenter,edge", "edge,datacenter"];

/** What is wrong with the values of a description, each with its field; nothing about fields that are open. */
export function valueProblems(
  description: Readonly<SystemDescription>,
): { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  const hold = (field: string, isRight: (text: string) => boolean, message: string): void => {
    const value = description[field];
    if (isAnswered(value) && !isRight(String(value))) problems.push({ field, message });
  };
  hold("status", (text) => statuses.includes(text.toLowerCase()), `must be ${statuses.join(", ")}`);
  hold("system_type", (text) => systemTypes.includes(text), `must be ${systemTypes.join(" or ")}`);
  for (const count of ["number_of_nodes", "accelerators_per_node"])
    hold(count, (text) => /^\d+$/.test(text.trim()), "must be a whole number");
  return problems;
}
