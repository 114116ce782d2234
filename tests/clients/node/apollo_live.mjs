// Apollo Client's subscriptions: multipart over HttpLink, and graphql-ws through GraphQLWsLink.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedProtocolErrors } from "@apollo/client/errors";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { ORDER, ORDER_UPDATED } from "./documents.mjs";
import { bearer, briefly, place, ship, socketUrl, until, url } from "./installation.mjs";

const client = (link) => new ApolloClient({ link, cache: new InMemoryCache() });

function follow(apollo, id) {
  const seen = [];
  const watching = apollo.subscribe({ query: ORDER_UPDATED, variables: { id } }).subscribe({
    next: ({ data, error }) => seen.push(error ?? data.orderUpdated.status),
    error: (problem) => seen.push(problem),
  });
  return { seen, watching };
}

async function follows(apollo) {
  const { id } = await place();
  const { seen, watching } = follow(apollo, id);
  await until(() => seen.length === 1, "the present state");
  await ship(id);
  await until(() => seen.length === 2, "the change");
  watching.unsubscribe();
  assert.deepEqual(seen, ["PROCESSING", "SHIPPED"]);
}

test("a subscription over plain HTTP, as parts of one answer", async () => {
  await follows(client(new HttpLink({ uri: url, headers: bearer("ada") })));
});

test("what a subscription brings is in the cache", async () => {
  const apollo = client(new HttpLink({ uri: url, headers: bearer("ada") }));
  const { id } = await place();
  await apollo.query({ query: ORDER, variables: { id } });
  const { seen, watching } = follow(apollo, id);
  await until(() => seen.length === 1, "the present state");

  await ship(id);
  await until(() => apollo.cache.extract()[`Order:${id}`].status === "SHIPPED", "the cache");
  watching.unsubscribe();
});

test("whose order it is not is told so, over HTTP too, and that is the end", async () => {
  const { id } = await place();
  const { seen, watching } = follow(client(new HttpLink({ uri: url, headers: bearer("ben") })), id);

  await until(() => watching.closed, "the end");

  assert.ok(CombinedProtocolErrors.is(seen[0]), String(seen[0]));
  assert.equal(seen[0].errors[0].extensions.code, "NOT_FOUND");
});

test("a subscription over a socket", async () => {
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: bearer("ada") });

  await follows(client(new GraphQLWsLink(socket)));

  await socket.dispose();
});

test("a token that runs out closes with 4403; the client comes back with a fresh one and misses nothing", async () => {
  const closed = [];
  const given = [briefly(2), bearer("ada").authorization];
  const socket = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: given.shift() }),
    retryWait: () => Promise.resolve(),
    on: { closed: ({ code }) => closed.push(code) },
  });
  const { id } = await place();
  const { seen, watching } = follow(client(new GraphQLWsLink(socket)), id);
  await until(() => seen.length === 1, "the present state");

  await until(() => closed.length === 1, "the token's end");
  await ship(id);
  await until(() => seen.at(-1) === "SHIPPED", "what changed meanwhile");
  watching.unsubscribe();
  await socket.dispose();

  assert.equal(closed[0], 4403);
  assert.ok(seen.every((status) => ["PROCESSING", "SHIPPED"].includes(status)), seen.join());
});
