/**
 * Token ids that end an answer, by model module: all that the model's generation_config names, as a server may stop at
 * any of them.
 */
export const eosTokens: Readonly<Record<string, readonly number[]>> = {
  "llama3_1-8b": [128_001, 128_008, 128_009],
  "llama3_1-405b": [128_001, 128_008, 128_009],
  "llama3_3-70b": [128_001, 128_008, 128_009],
  "llama2-70b": [2],
  "mixtral-8x7b": [2],
  "deepseek-r1": [1],
  "gpt-oss-120b": [199_999, 200_002, 200_012],
};
