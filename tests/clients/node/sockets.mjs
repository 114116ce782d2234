// graphql-ws, the client of graphql-transport-ws that all the others use.
import assert from "node:assert/strict";
import { test } from "node:test";

import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { CANCEL, ORDER, ORDER_UPDATED } from "./documents.mjs";
import { ask, bearer, fresh, place, ship, socketUrl, until } from "./installation.mjs";
import { started } from "./server.mjs";

const client = (more = {}) =>
  createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: bearer("ada"), ...more });

/** Follow an order and keep the statuses that come. */
function follow(socket, id) {
  const seen = [];
  const query = print(ORDER_UPDATED);
  const end = socket.subscribe(
    { query, variables: { id } },
    {
      next: ({ data, errors }) => seen.push(data ? data.orderUpdated.status : errors[0].extensions.code),
      error: (problem) => seen.push(problem),
      complete: () => seen.push("complete"),
    },
  );
  return { seen, end };
}

/** Run a query or mutation over the socket. */
async function once(socket, document, variables) {
  for await (const result of socket.iterate({ query: print(document), variables })) return result;
  return null;
}

test("it subscribes, is told, and may stop", async () => {
  const socket = client();
  const { id } = await place();

  const { seen, end } = follow(socket, id);
  await until(() => seen.length === 1, "the present state");
  await ship(id);
  await until(() => seen.length === 2, "the change");
  end();
  await until(() => seen.length === 3, "the end");
  await socket.dispose();

  assert.deepEqual(seen, ["PROCESSING", "SHIPPED", "complete"]);
});

test("queries and mutations go over the same line", async () => {
  const socket = client();
  const { id } = await place();

  const asked = await once(socket, ORDER, { id });
  const variables = { input: { orderId: id, reasonHandle: "found-cheaper" }, key: fresh() };
  const canceled = await once(socket, CANCEL, variables);
  await socket.dispose();

  assert.equal(asked.data.order.status, "PROCESSING");
  assert.equal(canceled.data.orderCancel.order.status, "CANCELED");
});

test("pings are answered", async () => {
  const heard = [];
  const socket = client({ keepAlive: 50, lazy: false, on: { pong: (received) => received && heard.push("pong") } });

  await until(() => heard.length >= 2, "two pongs");
  await socket.dispose();
});

test("a bad token is refused with 4403, and nothing else", async () => {
  const codes = [];
  const socket = client({
    connectionParams: { authorization: "Bearer garbage" },
    retryAttempts: 0,
    on: { closed: ({ code }) => codes.push(code) },
  });

  const { seen } = follow(socket, (await place()).id);
  await until(() => seen.length === 1, "the refusal");

  assert.deepEqual(codes, [4403]);
});

const ADDED = `subscription Added($id: ID!, $after: String) {
  messageAdded(disputeId: $id, after: $after) { cursor node { body } } }`;
const QUARREL = "{ viewer { purchases(first: 100) { nodes { dispute { id status } } } } }";
const SEND = `mutation Send($id: ID!, $body: String!) {
  messageSend(input: { disputeId: $id, body: $body }) { __typename ... on UserError { message } } }`;

/** A dispute of Ada's that waits for the seller. */
async function quarrel() {
  const { nodes } = (await ask("ada", QUARREL)).viewer.purchases;
  return nodes.map((order) => order.dispute).find((dispute) => dispute?.status === "AWAITING_SELLER").id;
}

async function send(id, body) {
  const { messageSend } = await ask("ada", SEND, { id, body });
  assert.equal(messageSend.__typename, "MessageSendSuccess", messageSend.message);
}

test("a feed goes on behind its last cursor, whatever was said meanwhile", async () => {
  const id = await quarrel();
  const heard = [];
  let after = null;
  const listen = async (last) => {
    const socket = client();
    for await (const { data } of socket.iterate({ query: ADDED, variables: { id, after } })) {
      heard.push(data.messageAdded.node.body);
      after = data.messageAdded.cursor;
      if (heard.at(-1) === last) break;
    }
    await socket.dispose();
  };
  await send(id, "one");
  await listen("one");

  await send(id, "two");
  await send(id, "three");
  await listen("three");

  assert.deepEqual(heard.slice(-3), ["one", "two", "three"]);
  assert.equal(heard.filter((body) => body === "one").length, 1);
});

test("it comes back by itself when a server was restarted, and has missed nothing", async () => {
  const server = await started();
  const closed = [];
  const socket = client({
    url: `${server.url.replace("http", "ws")}/graphql`,
    retryAttempts: 2000, // on a busy machine a server takes its time to come back
    shouldRetry: () => true, // a connection that is refused counts as one that was lost
    retryWait: () => new Promise((next) => setTimeout(next, 50)),
    on: { closed: ({ code }) => closed.push(code) },
  });
  const { id } = await place();
  const { seen } = follow(socket, id);
  await until(() => seen.length === 1, "the present state");

  await server.stop();
  await ship(id);
  const again = await started(server.port);
  await until(() => seen.at(-1) === "SHIPPED", "what changed while it was away");
  await socket.dispose();
  await again.stop();

  assert.equal(closed[0], 1012);
  assert.ok(seen.every((status) => ["PROCESSING", "SHIPPED", "complete"].includes(status)), seen.join());
});
