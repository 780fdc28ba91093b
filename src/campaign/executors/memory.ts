const kibibytes: Readonly<Record<string, number>> = { K: 1, M: 2 ** 10, G: 2 ** 20, T: 2 ** 30 };

/** An amount such as `64G` or `1.5Gi`, both by powers of 1024, in kibibytes; null without a unit. */
export function kibibytesOf(amount: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT])i?$/.exec(amount) ?? [];
  return number === undefined ? null : Math.ceil(Number(number) * (kibibytes[unit] ?? 1));
}

/** An amount as sbatch takes it: a whole number of one of its units, which are powers of 1024. */
export function slurmMemory(amount: string): string {
  const { number, unit } = largestUnit(amount);
  return `${number}${unit}`;
}

/** An amount as Kubernetes takes it, whose units of 1024 end in `i`. */
export function kubernetesMemory(amount: string): string {
  const { number, unit } = largestUnit(amount);
  return `${number}${unit}i`;
}

function largestUnit(amount: string): { number: number; unit: string } {
  const total = kibibytesOf(amount);
  if (total === null) throw new Error(`${amount} has no unit`);
  for (const unit of ["T", "G", "M"]) {
    const size = kibibytes[unit] ?? 1;
    if (total % size === 0) return { number: total / size, unit };
  }
  return { number: total, unit: "K" };
}
