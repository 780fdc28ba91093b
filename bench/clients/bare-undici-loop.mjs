// The least that an undici client can do with a stream: let its bytes pass. A closed loop over N connections for some
// seconds. Usage: node bench/clients/bare-undici-loop.mjs URL STREAMS SECONDS TOKENS text|ids; prints JSON.
import { Client } from "undici";
import { requestBody } from "../request-body.mjs";

const [url, streams, seconds, tokens] = [process.argv[2], ...process.argv.slice(3, 6).map(Number)];
const body = Buffer.from(requestBody({ tokens, tokenIds: process.argv[6] === "ids" }));
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
