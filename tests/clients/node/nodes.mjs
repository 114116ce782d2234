// Finds one object of every Node type that the market holds, by walking from what its people own.
import assert from "node:assert/strict";

import { getNamedType, isObjectType, isRequiredArgument } from "graphql";

import { ask, until } from "./installation.mjs";

/** A selection of everything behind a node that has an id itself. */
function neighbours(type, isNode) {
  const reached = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const named = getNamedType(field.type);
    const called = `${type.name}_${field.name}: ${field.name}`;
    if (isNode(named.name)) return [`${called} { __typename id }`];
    if (!named.name.endsWith("Connection")) return [];
    return [`${called} { nodes { __typename id } }`];
  });
  return reached.length ? `... on ${type.name} { ${reached.join(" ")} }` : "";
}

/** Everything with an id in an answer, however deep it lies. */
function* identified(value) {
  if (Array.isArray(value)) for (const item of value) yield* identified(item);
  else if (value && typeof value === "object") {
    if (value.id && value.__typename) yield value;
    yield* identified(Object.values(value));
  }
}

const MARKET = {
  ada: "{ viewer { user { __typename id } purchases(first: 100) { nodes { __typename id } } notifications { nodes { __typename id } } } reasons(context: DISPUTE) { __typename id } }",
  "nordic-lamps": "{ viewer { returnAddress { __typename id } sellerRules { __typename id } } }",
  olga: "{ disputes(first: 100) { nodes { __typename id } } webhookEndpoints { nodes { __typename id } } webhookDeliveries { nodes { __typename id } } }",
};

/** Everything that these people reach, by its kind: lists of {id, seenBy}. */
export async function nodesOf(schema) {
  const attachment = await fill();
  const names = new Set(schema.getPossibleTypes(schema.getType("Node")).map((type) => type.name));
  const found = new Map([["Attachment", [{ id: attachment.id, seenBy: "ada" }]]]);
  for (const [seenBy, query] of Object.entries(MARKET)) {
    for (const [id, kind] of await walk(schema, names, seenBy, query)) {
      found.set(kind, [...(found.get(kind) ?? []), { id, seenBy }]);
    }
  }
  return found;
}

async function walk(schema, names, person, start) {
  const seen = new Map();
  const meet = (answer) => {
    for (const { id, __typename } of identified(answer)) seen.set(id, __typename);
  };
  meet(await ask(person, start));
  const asked = new Set();
  for (;;) {
    const waiting = [...seen].filter(([id]) => !asked.has(id));
    if (!waiting.length) return seen;
    const kind = waiting[0][1];
    const ids = waiting.filter((node) => node[1] === kind).map(([id]) => id).slice(0, 20);
    const behind = neighbours(schema.getType(kind), (other) => names.has(other));
    meet(await ask(person, `query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id ${behind} } }`, { ids }));
    ids.forEach((id) => asked.add(id));
  }
}

async function did(person, name, input, shown = "") {
  const type = `${name[0].toUpperCase()}${name.slice(1)}`;
  const document = `mutation Do($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on UserError { message } ... on ${type}Success { __typename ${shown} } } }`;
  const answer = (await ask(person, document, { input }))[name];
  assert.equal(answer.__typename, `${type}Success`, answer.message);
  return answer;
}

const CAN = `{ viewer { purchases(first: 100) { nodes {
  id actions { kind available } dispute { id actions { kind available } } } } } }`;

/** What the small market does not hold by itself: a withdrawal, an appeal with evidence, notes, rules, webhooks, an address, a file. */
async function fill() {
  const { nodes } = (await ask("ada", CAN)).viewer.purchases;
  const can = (kind) => (thing) => thing?.actions.some((action) => action.kind === kind && action.available);
  const orderId = nodes.find(can("WITHDRAW")).id;
  const disputeId = nodes.map((order) => order.dispute).find(can("APPEAL")).id;
  const evidence = ["one", "two", "three"].map((note) => ({ type: "OTHER", note }));

  const file = { orderId, fileName: "a.txt", contentType: "text/plain", size: 3 };
  const { attachment } = await did("ada", "attachmentCreate", file, "attachment { __typename id }");
  const { withdrawal } = await did("ada", "withdrawalStart", { orderId, contactEmail: "ada@example.com" }, "withdrawal { id }");
  await did("ada", "withdrawalConfirm", { withdrawalId: withdrawal.id });
  await did("ada", "disputeAppeal", { disputeId, text: "It was more.", amount: "1.00", evidence });
  for (const body of ["one", "two", "three"]) await did("olga", "disputeNoteAdd", { disputeId, body });
  for (const currency of ["KWD", "JPY", "GBP"]) {
    await did("nordic-lamps", "sellerRulesPublish", { rules: [{ currency }] });
  }
  for (const name of ["one", "two"]) {
    const hook = { url: `http://127.0.0.1:9/${name}` };
    const { webhookEndpoint } = await did("olga", "webhookEndpointCreate", hook, "webhookEndpoint { id }");
    await did("olga", "webhookEndpointTest", { endpointId: webhookEndpoint.id });
  }
  await did("nordic-lamps", "returnAddressSet", { lines: ["Nordic Lamps", "Oslo"], countryCode: "NO" });
  const told = "{ viewer { notifications { nodes { id } } } }";
  await until(async () => (await ask("ada", told)).viewer.notifications.nodes.length > 2, "what Ada is told by a worker");
  const tried = "{ webhookDeliveries { nodes { attemptCount } } }";
  await until(async () => (await ask("olga", tried)).webhookDeliveries.nodes.some((one) => one.attemptCount), "a webhook's attempt");
  return attachment;
}
