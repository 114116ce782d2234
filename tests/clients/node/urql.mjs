// urql with its default exchanges, and with graphcache.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange as graphcache } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { getIntrospectionQuery } from "graphql";
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import WebSocket from "ws";

import { CANCEL, ORDER, ORDER_UPDATED, PURCHASES } from "./documents.mjs";
import { ask, bearer, eventsUrl, fresh, place, ship, socketUrl, until, url } from "./installation.mjs";

const client = (exchanges, name = "ada", more = {}) =>
  new Client({ url, exchanges, fetchOptions: { headers: bearer(name) }, ...more });

const plain = () => client([cacheExchange, fetchExchange]);

async function normalized(more = {}) {
  const schema = await ask("ada", getIntrospectionQuery());
  const resolvers = { Viewer: { purchases: relayPagination() } };
  const keyless = schema.__schema.types.filter(({ fields }) => fields && !fields.some(({ name }) => name === "id"));
  const keys = Object.fromEntries(keyless.map(({ name }) => [name, () => null]));
  return client([graphcache({ schema, resolvers, keys }), fetchExchange], "ada", more);
}

const answered = async (result) => {
  const { data, error } = await result;
  assert.equal(error, undefined, error);
  return data;
};

test("a query is answered with the headers that urql sends by itself", async () => {
  const { id, number } = await place();

  const { order } = await answered(plain().query(ORDER, { id }));

  assert.equal(order.number, number);
});

test("a query by GET is answered, which is urql's way for short ones", async () => {
  const { id, number } = await place();
  const byGet = client([fetchExchange], "ada", { preferGetMethod: true });

  const { order } = await answered(byGet.query(ORDER, { id }));

  assert.equal(order.number, number);
});

test("a fault has its code", async () => {
  const { error } = await plain().query(PURCHASES, { first: 1000 });

  assert.equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
});

test("graphcache knows the schema, and a mutation updates what it keeps", async () => {
  const urql = await normalized();
  const { id } = await place();
  const shown = [];
  const watching = urql.query(ORDER, { id }).subscribe(({ data }) => data && shown.push(data.order.status));
  await until(() => shown.length === 1, "the first answer");

  const variables = { input: { orderId: id, reasonHandle: "found-cheaper" }, key: fresh() };
  const { orderCancel } = await answered(urql.mutation(CANCEL, variables));
  await until(() => shown.length === 2, "the changed order");
  watching.unsubscribe();

  assert.equal(orderCancel.refund.status, "SCHEDULED");
  assert.deepEqual(shown, ["PROCESSING", "CANCELED"]);
});

test("graphcache puts pages together without a gap or a repeat", async () => {
  for (let i = 0; i < 3; i++) await place(`Lamp ${i}`);
  const urql = await normalized();
  const ids = (data) => data.viewer.purchases.edges.map((edge) => edge.node.id);
  const whole = ids(await answered(plain().query(PURCHASES, { first: 100 })));

  let data = await answered(urql.query(PURCHASES, { first: 4 }));
  while (data.viewer.purchases.pageInfo.hasNextPage) {
    const after = data.viewer.purchases.pageInfo.endCursor;
    data = await answered(urql.query(PURCHASES, { first: 4, after }));
  }

  assert.ok(whole.length > 4);
  assert.deepEqual(ids(data), whole);
});

async function follows(exchanges, more = {}) {
  const urql = client(exchanges, "ada", more);
  const { id } = await place();
  const seen = [];
  const watching = urql.subscription(ORDER_UPDATED, { id }).subscribe(({ data, error }) => {
    seen.push(error ?? data.orderUpdated.status);
  });
  await until(() => seen.length === 1, "the present state");
  await ship(id);
  await until(() => seen.length >= 2, "the change");
  watching.unsubscribe();
  assert.deepEqual(seen, ["PROCESSING", "SHIPPED"]);
}

const forwarded = (transport) => [
  subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: transport.subscribe({ query, variables }, sink) }),
    }),
  }),
];

test("a subscription over a socket shows what is, and what changes", async () => {
  const socket = createSocket({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: bearer("ada") });

  await follows(forwarded(socket));

  await socket.dispose();
});

test("a subscription by server-sent events shows the same", async () => {
  const events = createEvents({ url: eventsUrl, headers: bearer("ada") });

  await follows(forwarded(events));

  events.dispose();
});

test("a subscription through fetch alone shows the same", async () => {
  await follows([fetchExchange], { fetchSubscriptions: true });
});
