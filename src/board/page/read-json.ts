/** Reads a JSON file. Throws an Error that names the file and says why it cannot be read. */
export async function readJson(url: string): Promise<unknown> {
  const answer = await fetch(url).catch((cause: unknown) => {
    throw new Error(`${url}: it cannot be reached.`, { cause });
  });
  if (!answer.ok) throw new Error(`${url}: the server answered ${answer.status} ${answer.statusText}`.trim());
  return answer.json().catch((cause: unknown) => {
    throw new Error(`${url} is no JSON.`, { cause });
  });
}
