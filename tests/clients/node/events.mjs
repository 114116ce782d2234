// graphql-sse: any operation as server-sent events, each on a connection of its own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { print } from "graphql";
import { createClient } from "graphql-sse";

import { CANCEL, ORDER, ORDER_UPDATED } from "./documents.mjs";
import { bearer, briefly, eventsUrl, fresh, place, ship, until } from "./installation.mjs";

const client = (name = "ada", more = {}) =>
  createClient({ url: eventsUrl, headers: name ? bearer(name) : {}, retryAttempts: 0, ...more });

async function once(events, document, variables) {
  for await (const result of events.iterate({ query: print(document), variables })) return result;
  return null;
}

test("a subscription shows what is, then what changes, until the client hangs up", async () => {
  const events = client();
  const { id } = await place();
  const seen = [];

  for await (const { data } of events.iterate({ query: print(ORDER_UPDATED), variables: { id } })) {
    seen.push(data.orderUpdated.status);
    if (seen.length === 2) break;
    await ship(id);
  }
  events.dispose();

  assert.deepEqual(seen, ["PROCESSING", "SHIPPED"]);
});

test("queries and mutations are answered, too", async () => {
  const events = client();
  const { id } = await place();

  const asked = await once(events, ORDER, { id });
  const variables = { input: { orderId: id, reasonHandle: "found-cheaper" }, key: fresh() };
  const canceled = await once(events, CANCEL, variables);

  assert.equal(asked.data.order.status, "PROCESSING");
  assert.equal(canceled.data.orderCancel.order.status, "CANCELED");
});

test("who may not see it, and who is nobody, hears so", async () => {
  const { id } = await place();

  const stranger = await once(client("ben"), ORDER_UPDATED, { id });
  const nobody = await once(client(null), ORDER_UPDATED, { id });

  assert.equal(stranger.errors[0].extensions.code, "NOT_FOUND");
  assert.equal(nobody.errors[0].extensions.code, "UNAUTHENTICATED");
});

test("a document that cannot run is told with its code", async () => {
  const events = client();
  const said = [];
  await new Promise((resolve) =>
    events.subscribe({ query: "{ noSuchField }" }, { next: (result) => said.push(result), error: resolve, complete: resolve }),
  );

  assert.equal(said[0].errors[0].extensions.code, "BAD_USER_INPUT");
});

test("it comes back with a fresh token when the old one has run out", async () => {
  const given = [briefly(2), bearer("ada").authorization];
  const events = client(null, { headers: () => ({ authorization: given.shift() }), retryAttempts: 3, retry: () => Promise.resolve() });
  const { id } = await place();
  const seen = [];
  const follow = () =>
    new Promise((resolve) =>
      events.subscribe(
        { query: print(ORDER_UPDATED), variables: { id } },
        { next: ({ data, errors }) => seen.push(data?.orderUpdated.status ?? errors[0].extensions.code), error: resolve, complete: resolve },
      ),
    );

  await follow();
  await ship(id);
  const again = follow();
  await until(() => seen.at(-1) === "SHIPPED", "the present state again");
  events.dispose();
  await again;

  assert.equal(seen[0], "PROCESSING");
  assert.ok(seen.includes("UNAUTHENTICATED") || seen.length === 2, seen.join());
});
