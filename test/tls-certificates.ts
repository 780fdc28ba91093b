import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, as files. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** Certificates for tests, fresh from openssl. */
export interface TestCertificates {
  /** The authority that issued all but `selfSigned`. */
  ca: string;
  /** For 127.0.0.1, good for a day. */
  server: KeyPair;
  expired: KeyPair;
  notYetValid: KeyPair;
  /** For another host. */
  otherHost: KeyPair;
  /** For 127.0.0.1, issued by nobody else. */
  selfSigned: KeyPair;
  client: KeyPair;
}

const dayMs = 86_400_000;
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const here = "IP:127.0.0.1";

/** Makes an authority of its own and what it issues in `folder`. */
export function makeCertificates(folder: string): TestCertificates {
  const file = (name: string) => join(folder, name);
  const pair = (name: string): KeyPair => ({ cert: file(`${name}.pem`), key: file(`${name}.key`) });
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const signItself = (name: string, subjectAltName: string) => {
    const { cert, key } = pair(name);
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${subjectAltName}`];
    openssl("req", "-x509", ...newKey, "-keyout", key, "-out", cert, "-days", "2", ...names);
    return { cert, key };
  };
  const authority = signItself("authority", "DNS:authority.test");
  writeFileSync(file("index.txt"), "");
  writeFileSync(file("authority.conf"), authorityConfiguration(folder));
  const issue = (name: string, subjectAltName: string, fromDays = -1, untilDays = 1): KeyPair => {
    const { cert, key } = pair(name);
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${subjectAltName}`];
    openssl("req", ...newKey, "-keyout", key, "-out", file(`${name}.csr`), ...names);
    const validity = ["-startdate", asn1Time(fromDays), "-enddate", asn1Time(untilDays)];
    const issuer = ["-config", file("authority.conf"), "-cert", authority.cert, "-keyfile", authority.key];
    openssl(
      ...["ca", "-batch", "-notext", ...issuer],
      ...["-in", file(`${name}.csr`), "-out", cert, ...validity],
    );
    return { cert, key };
  };
  return {
    ca: authority.cert,
    server: issue("server", here),
    expired: issue("expired", here, -2, -1),
    notYetValid: issue("not-yet-valid", here, 1, 2),
    otherHost: issue("other-host", "DNS:elsewhere.test"),
    selfSigned: signItself("self-signed", here),
    client: issue("client", "DNS:client.test"),
  };
}

/** What openssl's smallest authority needs to know. */
function authorityConfiguration(folder: string): string {
  return `[ca]
default_ca = own
[own]
database = ${join(folder, "index.txt")}
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
`;
}

function asn1Time(inDays: number): string {
  const time = new Date(Date.now() + inDays * dayMs).toISOString();
  return `${time.replace(/[-:T]/g, "").slice(0, 14)}Z`;
}
