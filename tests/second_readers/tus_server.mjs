// A tus server that is not ours, for our client to agree with: @tus/server with a folder as its store.
//
//   node tus_server.mjs --folder DIR [--port PORT]
//
// Prints {"url":"http://127.0.0.1:PORT"} once it listens, then {"finished":ID,"size":N} for every whole upload. Ends with
// its standard input, so that a test that dies leaves nothing behind.
import { parseArgs } from "node:util";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const { values: args } = parseArgs({
  options: { folder: { type: "string" }, port: { type: "string", default: "0" } },
});

const say = (value) => console.log(JSON.stringify(value));
const tus = new Server({
  path: "/uploads",
  datastore: new FileStore({ directory: args.folder }),
  onUploadFinish: async (_, upload) => {
    say({ finished: upload.id, size: upload.size });
    return {};
  },
});
const listener = tus.listen({ host: "127.0.0.1", port: Number(args.port) }, () =>
  say({ url: `http://127.0.0.1:${listener.address().port}` }),
);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
