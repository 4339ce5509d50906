// A central system that is not ours: the strict-schema server of the npm package ocpp-rpc.
//
// Theory of operation: it is driven by JSON lines on the standard input and tells by JSON lines on
// the standard output what happens: calls of stations, answers of stations, and, as "rejected",
// whatever ocpp-rpc does not accept. The folder with node_modules is the first argument.
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const { RPCServer, createRPCError } = createRequire(path.join(process.argv[2], "x.js"))("ocpp-rpc");

const clients = new Map(); // identity to client
const passwords = new Map(); // identity to Buffer
const answers = new Map(); // action to the payload that is sent instead of the usual one
let isOpen = true;
let lastTransaction = 0;

function tell(kind, fields) {
  process.stdout.write(JSON.stringify({ kind, ...fields }) + "\n");
}

const usual = {
  Authorize: () => ({ idTagInfo: { status: "Accepted" } }),
  BootNotification: () => ({ status: "Accepted", currentTime: now(), interval: 60 }),
  DataTransfer: () => ({ status: "Accepted" }),
  Heartbeat: () => ({ currentTime: now() }),
  StartTransaction: () => ({
    transactionId: ++lastTransaction,
    idTagInfo: { status: "Accepted" },
  }),
};

function now() {
  return new Date().toISOString();
}

const server = new RPCServer({
  protocols: ["ocpp1.6"],
  strictMode: true,
  respondWithDetailedErrors: true,
  pingIntervalMs: 1000, // it drops a station that does not answer one
});

server.auth((accept, reject, handshake) => {
  const expected = passwords.get(handshake.identity);
  if (!isOpen) {
    reject(503, "closed for a while");
  } else if (expected !== undefined && !(handshake.password && expected.equals(handshake.password))) {
    reject(401, "wrong password");
  } else {
    accept();
  }
});

server.on("client", (client) => {
  const station = client.identity;
  clients.set(station, client);
  tell("connected", { station });
  client.on("close", () => {
    if (clients.get(station) === client) clients.delete(station);
    tell("disconnected", { station });
  });
  client.on("strictValidationFailure", ({ method, outbound, params, result, error }) => {
    const side = outbound ? "this server's" : "the station's";
    tell("rejected", { station, text: `${side} ${method}: ${error.message}`, params, result });
  });
  client.on("badMessage", ({ buffer, error }) => {
    tell("rejected", { station, text: `${error.message}: ${buffer}` });
  });
  client.on("socketError", (error) => tell("rejected", { station, text: error.message }));
  client.handle(({ messageId, method, params }) => {
    const answer = answers.get(method) ?? (usual[method] ?? (() => ({})))();
    tell("call", { station, id: messageId, action: method, payload: params, answer });
    return answer;
  });
});

const commands = {
  async call({ station, ref, action, payload }) {
    try {
      const client = clients.get(station);
      if (!client) throw createRPCError("GenericError", `${station} is not connected`);
      tell("answer", { ref, payload: await client.call(action, payload, { callTimeoutMs: 10000 }) });
    } catch (error) {
      tell("answer", { ref, code: error.rpcErrorCode ?? error.name, text: error.message });
    }
  },
  answer: ({ action, payload }) => answers.set(action, payload),
  password: ({ station, base64 }) => passwords.set(station, Buffer.from(base64, "base64")),
  open({ on }) {
    isOpen = on;
    if (!on) for (const client of clients.values()) client.close({ code: 1001 });
  },
};

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    commands[command.cmd](command);
  })
  .on("close", () => process.exit(0));

server.listen(0, "127.0.0.1").then((http) => tell("listening", { port: http.address().port }));
