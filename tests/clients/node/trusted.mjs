// A server that runs the app's own documents and no others, known by the manifest that Apollo's tools write.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { getOperationAST, print } from "graphql";
import { createClient } from "graphql-ws";
import "./websocket.mjs"; // GraphQLWsLink looks for it

import { CANCEL, ORDER, ORDER_UPDATED, PURCHASES } from "./documents.mjs";
import { bearer, fresh, place } from "./installation.mjs";
import { started } from "./server.mjs";

const cache = new InMemoryCache();

/** As @apollo/generate-persisted-query-manifest does: the text that the client sends, and its SHA-256. */
function entry(document) {
  const body = print(cache.transformDocument(document));
  const { name, operation: type } = getOperationAST(document);
  return { id: createHash("sha256").update(body).digest("hex"), name: name.value, type, body };
}

const operations = [ORDER, CANCEL, ORDER_UPDATED].map(entry);
const manifest = { format: "apollo-persisted-query-manifest", version: 1, operations };
const file = `${process.cwd()}/manifest.json`;
writeFileSync(file, JSON.stringify(manifest));
const server = await started(undefined, { ORDERGRAPH_TRUSTED_DOCUMENTS: file });
after(() => server.stop());

const sent = [];
const http = new HttpLink({
  uri: `${server.url}/graphql`,
  headers: bearer("ada"),
  fetch: (uri, options) => {
    sent.push(JSON.parse(options.body));
    return fetch(uri, options);
  },
});
const ids = new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest: async () => manifest }));
const client = (link) => new ApolloClient({ link, cache });
const code = (problem) => {
  assert.ok(CombinedGraphQLErrors.is(problem), String(problem));
  return problem.errors[0].extensions.code;
};

test("queries and mutations run by their ids: no document goes over the wire", async () => {
  const apollo = client(ApolloLink.from([ids, http]));
  const { id } = await place();

  const { data } = await apollo.query({ query: ORDER, variables: { id } });
  const variables = { input: { orderId: id, reasonHandle: "found-cheaper" }, key: fresh() };
  const canceled = await apollo.mutate({ mutation: CANCEL, variables });

  assert.equal(data.order.status, "PROCESSING");
  assert.equal(canceled.data.orderCancel.order.status, "CANCELED");
  assert.deepEqual(sent.map(({ query }) => query), [undefined, undefined]);
});

test("the same documents run by their text, and no other does", async () => {
  const apollo = client(http);
  const { id } = await place();

  const { data } = await apollo.query({ query: ORDER, variables: { id }, fetchPolicy: "network-only" });
  const refused = await apollo.query({ query: PURCHASES, variables: { first: 1 } }).catch(code);

  assert.equal(data.order.id, id);
  assert.equal(refused, "TRUSTED_DOCUMENTS_ONLY");
});

test("over a socket it is the same", async () => {
  const url = `${server.url.replace("http", "ws")}/graphql`;
  const socket = createClient({ url, connectionParams: bearer("ada") });
  const apollo = client(new GraphQLWsLink(socket));
  const { id } = await place();

  const seen = await new Promise((resolve, reject) => {
    const watching = apollo.subscribe({ query: ORDER_UPDATED, variables: { id } }).subscribe({
      next: ({ data, error }) => {
        resolve(error ?? data.orderUpdated.status);
        watching.unsubscribe();
      },
      error: reject,
    });
  });
  const refused = await apollo.query({ query: PURCHASES, variables: { first: 1 } }).catch(code);
  await socket.dispose();

  assert.equal(seen, "PROCESSING");
  assert.equal(refused, "TRUSTED_DOCUMENTS_ONLY");
});
