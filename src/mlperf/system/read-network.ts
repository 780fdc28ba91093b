/** One network interface, as the kernel's folder of it tells. */
export interface NetworkInterface {
  name: string;
  /** Kernel's number of the kind: 1 is Ethernet, 32 InfiniBand. */
  kind: number;
  /** Megabits a second; null where it is down or virtual. */
  speedMbit: number | null;
  /** The driver of its device; null for interfaces without a device, such as bridges. */
  driver: string | null;
}

/** Network cards of one name. */
export interface NetworkCards {
  count: number;
  name: string;
}

/** Network cards among what `lspci -mm` prints; virtual functions of a card are no cards. */
export function readPciNetworkCards(text: string): NetworkCards[] {
  const counts = new Map<string, number>();
  const slots = new Set<string>();
  for (const line of text.split("\n")) {
    const [, slot = "", kind = "", vendor = "", device = ""] =
      /^(\S+) "([^"]*)" "([^"]*)" "([^"]*)"/.exec(line) ?? [];
    if (!/^(Ethernet|Infiniband|Network) controller$/i.test(kind) || /virtual function/i.test(device))
      continue;
    // A card with two ports is two functions of one slot.
    const card = slot.replace(/\.\d+$/, "");
    if (slots.has(card)) continue;
    slots.add(card);
    const name = `${vendor} ${device}`.trim();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => ({ count, name }));
}

/** What the physical interfaces are, fastest first, e.g. `InfiniBand 400 Gb/s, Ethernet 10 Gb/s`; null without any. */
export function describeNetworking(interfaces: readonly NetworkInterface[]): string | null {
  const physical = interfaces
    .filter(({ driver, kind }) => driver !== null && (kind === 1 || kind === 32))
    .sort((one, other) => (other.speedMbit ?? 0) - (one.speedMbit ?? 0));
  const texts = physical.map(({ kind, speedMbit }) => {
    const name = kind === 32 ? "InfiniBand" : "Ethernet";
    return speedMbit === null ? name : `${name} ${rateText(speedMbit)}`;
  });
  return texts.length === 0 ? null : [...new Set(texts)].join(", ");
}

/** Cards by name where `lspci` tells, else the physical interfaces by driver; null without any. */
export function describeCards(
  cards: readonly NetworkCards[],
  interfaces: readonly NetworkInterface[],
): string | null {
  if (cards.length > 0) return cards.map(({ count, name }) => `${count}x ${name}`).join(", ");
  const drivers = interfaces.flatMap(({ driver }) => (driver === null ? [] : [driver]));
  const counts = [...new Set(drivers)].map(
    (name) => `${drivers.filter((driver) => driver === name).length}x ${name}`,
  );
  return counts.length === 0 ? null : counts.join(", ");
}

function rateText(speedMbit: number): string {
  return speedMbit >= 1000 ? `${speedMbit / 1000} Gb/s` : `${speedMbit} Mb/s`;
}
