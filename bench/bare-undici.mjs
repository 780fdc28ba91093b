// The least that an undici client can do with a stream: count bytes. A closed loop over N connections for some seconds.
// Usage: node bench/bare-undici.mjs URL STREAMS SECONDS TOKENS; prints CPU seconds and tokens as JSON.
import { Client } from "undici";

const [url, streams, seconds, tokens] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const body = Buffer.from(
  JSON.stringify({
    model: "paced",
    prompt: "hello world ".repeat(50),
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
  }),
);
const end = performance.now() + seconds * 1000;
let answers = 0;

function loop() {
  const client = new Client(url, { headersTimeout: 0, bodyTimeout: 0 });
  return new Promise((resolve) => {
    const ask = () => {
      if (performance.now() > end) {
        client.destroy().then(resolve);
        return;
      }
      client.dispatch(
        { method: "POST", path: "/v1/completions", headers: { "content-type": "application/json" }, body },
        {
          onConnect() {},
          onHeaders: () => true,
          onData: () => true,
          onComplete() {
            answers += 1;
            ask();
          },
          onError: (error) => {
            throw error;
          },
        },
      );
    };
    ask();
  });
}

await Promise.all(Array.from({ length: streams }, loop));
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, tokens: answers * tokens }));
