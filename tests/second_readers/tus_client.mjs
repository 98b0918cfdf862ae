// A desk that is not ours: tus-js-client uploads a file to a warehouse, is cut off in the middle, resumes, registers the
// copy and verifies the receipt with Node's own Ed25519. Shares no code with the Rust side.
//
//   node tus_client.mjs --url http://127.0.0.1:PORT --key-id RECEIPT_KEY_ID --desk NAME --seed HEX32 --file FILE
//        [--chunk BYTES] [--cut-after BYTES] [--manifest MANIFEST.json]
//
// Prints one JSON object: {"upload","resumed_at","offset","receipt","verified"}. Exit 0 when all agreed.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tus from "tus-js-client";

const { values: args } = parseArgs({
  options: Object.fromEntries(
    ["url", "key-id", "desk", "seed", "file", "chunk", "cut-after", "manifest"].map((name) => [name, { type: "string" }]),
  ),
});

const base64url = (value) => Buffer.from(value).toString("base64url");

/** A sign-in as docs/warehouse-protocol.md describes it. */
function token() {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(args.seed, "hex")]);
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const iat = Math.floor(Date.now() / 1000);
  const header = base64url(JSON.stringify({ alg: "EdDSA", typ: "JWT", kid: args.desk }));
  const claims = base64url(
    JSON.stringify({ iss: args.desk, sub: args.desk, aud: args["key-id"], iat, exp: iat + 120 }),
  );
  return `${header}.${claims}.${sign(null, Buffer.from(`${header}.${claims}`), key).toString("base64url")}`;
}

/** RFC 8785 for the values that manifests and receipts hold. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** One run of tus-js-client; ends at `cutAfter` bytes as if the line were cut. */
function upload(file, uploadUrl, cutAfter) {
  return new Promise((resolve, reject) => {
    let firstOffset;
    const run = new tus.Upload(file, {
      endpoint: `${args.url}/uploads`,
      uploadUrl,
      chunkSize: Number(args.chunk ?? 64 * 1024),
      retryDelays: [0, 200],
      metadata: { filename: "copy.pdf", filetype: "application/pdf", sha256: sha256(file).toString("hex") },
      onBeforeRequest: (request) => request.setHeader("Authorization", `Bearer ${token()}`),
      onAfterResponse: (_, response) => {
        firstOffset ??= response.getHeader("Upload-Offset");
      },
      onChunkComplete: (_, accepted) => {
        if (cutAfter !== undefined && accepted >= cutAfter && accepted < file.length) {
          run.abort().then(() => resolve({ url: run.url, offset: accepted, firstOffset: Number(firstOffset) }));
        }
      },
      onSuccess: () => resolve({ url: run.url, offset: file.length, firstOffset: Number(firstOffset) }),
      onError: reject,
    });
    run.start();
  });
}

async function register(manifest) {
  const body = canonical(manifest);
  const response = await fetch(`${args.url}/copies/${manifest.copy_id}`, {
    method: "PUT",
    headers: {
      Authorization: `Bearer ${token()}`,
      "Content-Type": "application/json",
      "Content-Digest": `sha-256=:${sha256(body).toString("base64")}:`,
    },
    body,
  });
  const receipt = await response.json();
  if (!response.ok) throw new Error(`refused: ${JSON.stringify(receipt)}`);
  const known = await (await fetch(`${args.url}/.well-known/mocban-warehouse`)).json();
  const key = known.receipt_keys.find((k) => k.key_id === receipt.key_id);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key.public_key, "base64")]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  const { signature, ...signed } = receipt;
  const verified =
    key.key_id === sha256(Buffer.from(key.public_key, "base64")).subarray(0, 8).toString("hex") &&
    verify(null, Buffer.from(canonical(signed)), publicKey, Buffer.from(signature, "base64")) &&
    receipt.manifest_sha256 === sha256(body).toString("hex") &&
    receipt.sha256 === manifest.sha256;
  return { receipt, verified };
}

const file = readFileSync(args.file);
let state = { url: null };
if (args["cut-after"]) state = await upload(file, null, Number(args["cut-after"]));
const resumedAt = state.url ? state.offset : null;
const done = await upload(file, state.url);
const registered = args.manifest ? await register(JSON.parse(readFileSync(args.manifest, "utf8"))) : {};
const agreed = (resumedAt === null || done.firstOffset === resumedAt) && registered.verified !== false;
console.log(JSON.stringify({ upload: done.url, resumed_at: resumedAt, offset: done.offset, ...registered }));
process.exit(agreed ? 0 : 1);
