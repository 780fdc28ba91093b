/** US dollars: cents where they count, three digits below a dollar. */
export function dollars(amount: number): string {
  if (amount >= 100) return `$${Math.round(amount).toLocaleString("en-US")}`;
  return `$${amount >= 1 ? amount.toFixed(2) : amount.toPrecision(3)}`;
}
