// Relay: its compiler over every Node type and every connection, its runtime over what the market holds.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { buildSchema } from "graphql";
import relay from "relay-runtime";

import { bearer, url } from "./installation.mjs";
import { nodesOf } from "./nodes.mjs";
import { connections, nodeTypes, write } from "./relay_sources.mjs";

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, getRequest, getSelector } = relay;
const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const folder = `${process.cwd()}/relay`;
const require = createRequire(import.meta.url);
const artifact = (name) => require(`${folder}/src/__generated__/${name}.graphql.js`);

rmSync(folder, { recursive: true, force: true });
const written = write(folder, schema);
const { version } = require("relay-runtime/package.json");
const compiled = spawnSync(process.execPath, ["../node_modules/relay-compiler/cli.js", "relay.config.json"], { cwd: folder, encoding: "utf8" });
assert.equal(compiled.status, 0, compiled.stderr);

const found = await nodesOf(schema);

const fetcher = (name) => async ({ text }, variables) => {
  const headers = { "content-type": "application/json", ...bearer(name) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
  return response.json();
};
const environment = (name) => new Environment({ network: Network.create(fetcher(name)), store: new Store(new RecordSource()) });

test(`the compiler takes every Node type and every connection (relay ${version})`, () => {
  const paged = connections(schema);

  assert.equal(written, nodeTypes(schema).length + paged.length);
  for (const { module } of paged) assert.ok(existsSync(`${folder}/src/__generated__/${module}PageQuery.graphql.js`));
  for (const name of nodeTypes(schema)) assert.equal(artifact(`${name}Node`).metadata.refetch.identifierInfo.identifierField, "id");
});

const NEVER_SEEN = ["DeadLetter"]; // there is one when something has failed for days

test("there is one of each kind to look at", () => {
  assert.deepEqual(nodeTypes(schema).filter((name) => !found.has(name)), NEVER_SEEN);
});

for (const [type, [{ id, seenBy }]] of found) {
  test(`${type}: its refetch finds the very node`, async () => {
    const app = environment(seenBy);

    await fetchQuery(app, artifact(`${type}NodeQuery`), { id }).toPromise();

    const record = app.getStore().getSource().get(id);
    assert.equal(record.__typename, type);
  });
}

/** Read a paged fragment out of the store, as a component does. */
function read(app, { owner, module, field }, variables) {
  const operation = createOperationDescriptor(getRequest(artifact(`${module}Query`)), variables);
  const { data } = app.lookup(operation.fragment);
  const parent = { Query: data, Viewer: data.viewer }[owner] ?? data[owner.toLowerCase()];
  const fragment = artifact(module);
  return { parent, page: app.lookup(getSelector(fragment, parent)).data[field] };
}

/** Page until there is no more, one by one; return the ids in the order of the list. */
async function pages(name, paged, id) {
  const app = environment(name);
  const variables = id ? { id } : {};
  await fetchQuery(app, artifact(`${paged.module}Query`), variables).toPromise();
  const operation = createOperationDescriptor(getRequest(artifact(`${paged.module}Query`)), variables);
  app.retain(operation);
  let { page } = read(app, paged, variables);
  while (page.pageInfo.hasNextPage) {
    const next = { ...variables, count: 1, cursor: page.pageInfo.endCursor };
    await fetchQuery(app, artifact(`${paged.module}PageQuery`), next).toPromise();
    ({ page } = read(app, paged, variables));
  }
  return page.edges.map((edge) => edge.node.id);
}

/** The whole list, and of several such lists the longest, with what it hangs on. */
async function whole(name, { owner, field }) {
  const list = `${field}(first: 100) { nodes { id } }`;
  const ids = (found.get(owner) ?? []).filter(({ seenBy }) => seenBy === name).map(({ id }) => id).slice(0, 25);
  const query =
    { Query: `{ ${list} }`, Viewer: `{ viewer { ${list} } }` }[owner] ??
    `query Q($ids: [ID!]!) { nodes(ids: $ids) { ... on ${owner} { id ${list} } } }`;
  const { data, errors } = await fetcher(name)({ text: query }, ids.length ? { ids } : {});
  assert.equal(errors, undefined, JSON.stringify(errors));
  const lists = (data.nodes ?? [data.viewer ?? data]).map((parent) => [parent[field].nodes.map((node) => node.id), parent.id]);
  return lists.sort(([one], [other]) => other.length - one.length)[0];
}

const SEEN_BY = {
  Query: "olga", "Viewer.sales": "nordic-lamps", "Viewer.sellerRulesHistory": "nordic-lamps", Dispute: "olga",
};

for (const paged of connections(schema)) {
  const { owner, field } = paged;
  test(`${owner}.${field}: page by page as all at once`, async () => {
    const name = SEEN_BY[`${owner}.${field}`] ?? SEEN_BY[owner] ?? "ada";
    const [ids, id] = await whole(name, paged);

    const byPage = await pages(name, paged, id);

    assert.deepEqual(byPage, ids);
    assert.ok(byPage.length > 1 || field === "deadLetters", `only ${byPage.length} of them`);
  });
}
