import type { Rule } from "./rule.ts";

/** One name for each organisation. */
export const submitterName: Rule = {
  id: "submitter-name",
  meaning: "Organisations that are spelt in several ways have one name.",
  apply(hand, { submitters }) {
    const published = hand.published("submitter_raw") ?? hand.published("submitter");
    if (published !== null) hand.set("submitter", submitters.find(published)?.name ?? published);
  },
};

/** One name for each processor. */
export const processorName: Rule = {
  id: "processor-name",
  meaning: "Processors have one name each, with their vendor.",
  apply(hand, { processors }) {
    const published = hand.published("cpu_raw") ?? hand.published("cpu");
    if (published === null) return;
    const found = processors.findAll(published);
    const first = found[0] ?? processors.find(published);
    if (first === null) {
      hand.unknownSpelling("processor", published);
      hand.fill("cpu", published);
      return;
    }
    hand.set("cpu", found.length > 1 ? found.map(({ name }) => name).join(" + ") : first.name);
    hand.set("cpu_vendor", first.entry.vendor);
  },
};

/** One name for each operating system. */
export const operatingSystemName: Rule = {
  id: "operating-system-name",
  meaning: "Operating systems have one name each, without patch levels and kernels.",
  apply(hand, { operatingSystems }) {
    const published = hand.published("operating_system_raw") ?? hand.published("operating_system");
    if (published === null) return;
    const match = operatingSystems.find(published);
    if (match === null) hand.unknownSpelling("operating system", published);
    hand.set("operating_system", match?.name ?? published);
  },
};

/** Links between accelerators and to the host. */
export const interconnectName: Rule = {
  id: "interconnect-name",
  meaning:
    "Links have one name each; InfiniBand is no link between accelerators and is put aside with a flag.",
  apply(hand, { interconnects, networks }) {
    for (const place of ["accelerator", "host"] as const) {
      const published = hand.published(`${place}_interconnect_raw`);
      if (published === null) continue;
      const lower = published.toLowerCase();
      if (networks.some((network) => lower.includes(network))) {
        hand.set(`${place}_interconnect`, null);
        hand.flag("network-as-interconnect");
        continue;
      }
      const match = interconnects.find(published);
      if (match === null) hand.unknownSpelling("interconnect", published);
      hand.set(`${place}_interconnect`, match?.name ?? published);
    }
  },
};

/** Bandwidth of links that a system may leave out. */
export const linkBandwidth: Rule = {
  id: "link-bandwidth",
  meaning:
    "Cards whose NVLink is a bridge have the bandwidth of the link that their row publishes: PCIe where that is PCIe; all others that of the chip.",
  apply(hand, { accelerators, linkGbps }) {
    const chip = accelerators.find(hand.row.accelerator ?? "")?.entry;
    if (chip?.link_by_bridge !== true) return;
    const gbps = linkGbps[hand.row.accelerator_interconnect ?? ""];
    if (gbps !== undefined) hand.set("interconnect_gbps", gbps);
  },
};
