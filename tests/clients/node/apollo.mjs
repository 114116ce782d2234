// Apollo Client 4 as its manual sets it up.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";
import { relayStylePagination } from "@apollo/client/utilities";

import { CANCEL, ORDER, PURCHASES } from "./documents.mjs";
import { ask, bearer, fresh, place, until, url } from "./installation.mjs";

const TYPES = "{ __schema { types { name possibleTypes { name } } } }";
const { __schema } = await ask("ada", TYPES);
const possibleTypes = Object.fromEntries(
  __schema.types.filter((type) => type.possibleTypes).map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]),
);

function client(name = "ada", typePolicies = {}) {
  const link = new HttpLink({ uri: url, headers: name ? bearer(name) : {} });
  return new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
}

test("a query is answered, and kept by type and id", async () => {
  const apollo = client();
  const { id, number } = await place();

  const { data } = await apollo.query({ query: ORDER, variables: { id } });

  assert.equal(data.order.number, number);
  assert.equal(data.order.total.amount, "84.70");
  assert.ok(data.order.actions.find((action) => action.kind === "CANCEL").available);
  assert.equal(apollo.cache.extract()[`Order:${id}`].number, number);
});

test("a mutation carries its key in the document, and changes what the cache shows", async () => {
  const apollo = client();
  const { id } = await place();
  await apollo.query({ query: ORDER, variables: { id } });
  const shown = [];
  const watched = apollo.watchQuery({ query: ORDER, variables: { id } });
  const watching = watched.subscribe(({ data }) => data?.order && shown.push(data.order.status));
  const variables = { input: { orderId: id, reasonHandle: "found-cheaper" }, key: fresh() };

  const first = await apollo.mutate({ mutation: CANCEL, variables });
  const again = await apollo.mutate({ mutation: CANCEL, variables });
  await new Promise(setImmediate);
  watching.unsubscribe();

  assert.equal(first.data.orderCancel.order.status, "CANCELED");
  assert.deepEqual(again.data.orderCancel.refund, first.data.orderCancel.refund);
  assert.deepEqual(shown, ["PROCESSING", "CANCELED"]);
});

test("an expected no is data", async () => {
  const apollo = client();
  const { id } = await place();
  const cancel = (key) =>
    apollo.mutate({ mutation: CANCEL, variables: { input: { orderId: id, reasonHandle: "found-cheaper" }, key } });
  await cancel(fresh());

  const { data } = await cancel(fresh());

  assert.equal(data.orderCancel.__typename, "OrderAlreadyCanceledError");
  assert.ok(data.orderCancel.message);
});

test("a mutation without a key, and one with a bad argument, have their codes", async () => {
  const apollo = client();
  const keyless = gql`mutation M($id: ID!) { orderCancel(input: { orderId: $id, reasonHandle: "other" }) { __typename } }`;
  const code = (problem) => {
    assert.ok(CombinedGraphQLErrors.is(problem), problem);
    return problem.errors[0].extensions.code;
  };

  const missing = await apollo.mutate({ mutation: keyless, variables: { id: (await place()).id } }).catch(code);
  const malformed = await apollo.query({ query: PURCHASES, variables: { first: 1000 } }).catch(code);

  assert.equal(missing, "IDEMPOTENCY_KEY_REQUIRED");
  assert.equal(malformed, "BAD_USER_INPUT");
});

test("who brings no token, or a bad one, is told so by a code", async () => {
  const code = (problem) => {
    if (CombinedGraphQLErrors.is(problem)) return problem.errors[0].extensions.code;
    assert.ok(ServerError.is(problem), problem);
    return JSON.parse(problem.bodyText).errors[0].extensions.code;
  };
  const link = new HttpLink({ uri: url, headers: { authorization: "Bearer garbage" } });
  const liar = new ApolloClient({ link, cache: new InMemoryCache() });

  const nobody = await client(null).query({ query: PURCHASES, variables: { first: 1 } }).catch(code);
  const garbage = await liar.query({ query: PURCHASES, variables: { first: 1 } }).catch(code);

  assert.deepEqual([nobody, garbage], ["UNAUTHENTICATED", "UNAUTHENTICATED"]);
});

test("pages follow each other without a gap or a repeat", async () => {
  for (let i = 0; i < 5; i++) await place(`Lamp ${i}`);
  const apollo = client("ada", { Viewer: { merge: true, fields: { purchases: relayStylePagination() } } });
  const whole = (await client().query({ query: PURCHASES, variables: { first: 100 } })).data;
  const watched = apollo.watchQuery({ query: PURCHASES, variables: { first: 4 } });
  const watching = watched.subscribe(() => {});
  let page = (await watched.refetch()).data.viewer.purchases.pageInfo;

  while (page.hasNextPage) {
    const variables = { after: page.endCursor };
    page = (await watched.fetchMore({ variables })).data.viewer.purchases.pageInfo;
  }
  await until(() => !watched.getCurrentResult().data.viewer.purchases.pageInfo.hasNextPage, "all pages");
  const { edges } = watched.getCurrentResult().data.viewer.purchases;
  watching.unsubscribe();

  const ids = (list) => list.map((edge) => edge.node.id);
  assert.ok(edges.length > 8);
  assert.deepEqual(ids(edges), ids(whole.viewer.purchases.edges));
});

test("GET works for queries with what the client sends anyway", async () => {
  const link = new HttpLink({ uri: url, headers: bearer("ada"), useGETForQueries: true });
  const apollo = new ApolloClient({ link, cache: new InMemoryCache() });

  const { data } = await apollo.query({ query: PURCHASES, variables: { first: 1 } });

  assert.equal(data.viewer.purchases.edges.length, 1);
});
