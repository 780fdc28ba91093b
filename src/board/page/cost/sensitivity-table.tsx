import { dollars } from "../prices/dollars.ts";
import type { PricedResult } from "./priced-results.ts";

const priceFactors = [0.5, 0.75, 1, 1.25, 1.5, 2];
const throughputFactors = [0.5, 0.75, 0.9, 1, 1.1, 1.25];

const percent = (factor: number) => `${Math.round(factor * 100)} %`;

/** What a million tokens would cost at other prices and another throughput. */
export function SensitivityTable({ result }: { result: PricedResult }) {
  const { label, pricePerHour, tokensPerSecond, perMillionTokens } = result;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label="Sensitivity">
      <table class="sensitivity">
        <caption>$ per million output tokens of {label}</caption>
        <thead>
          <tr>
            <th scope="col">cost an hour ↓ · tokens/s →</th>
            {throughputFactors.map((factor) => (
              <th key={factor} scope="col">
                {percent(factor)}
                <small>{Math.round(tokensPerSecond * factor).toLocaleString("en-US")}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {priceFactors.map((price) => (
            <tr key={price}>
              <th scope="row">
                {percent(price)} <small>{dollars(pricePerHour * price)} an hour</small>
              </th>
              {throughputFactors.map((throughput) => (
                <td key={throughput} class={price === 1 && throughput === 1 ? "present" : undefined}>
                  {dollars((perMillionTokens * price) / throughput)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
