/** The prompt of every request of the bench. */
export const prompt = "hello world ".repeat(50);

/** What the clients beside ours send: the request that ours builds, without sampling. */
export function requestBody({ tokens, tokenIds = false }) {
  return JSON.stringify({
    model: "paced",
    prompt,
    stream: true,
    stream_options: { include_usage: true },
    ...(tokenIds ? { return_token_ids: true } : {}),
    max_tokens: tokens,
    temperature: 0,
  });
}
