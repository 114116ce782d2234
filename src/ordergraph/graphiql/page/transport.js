/** Sends what GraphiQL runs: questions and changes over HTTP, subscriptions over the socket. */
import { getOperationAST, parse } from "graphql";

export function createFetcher({ url, identity, live, memory }) {
  return (request, { headers = {} } = {}) => {
    const operation = operationOf(request);
    if (operation?.operation === "subscription") {
      return live.open(request, operation, authorization(identity, headers));
    }
    if (request.operationName !== "IntrospectionQuery") live.detach();
    return post(url, request, {
      ...authorization(identity, headers),
      ...(wantsKey(operation) && { "Idempotency-Key": uuid() }),
      ...headers,
    }).then((answer) => {
      memory.learn(answer.data);
      return answer;
    });
  };
}

function operationOf({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName);
  } catch {
    return null; // the server says what is wrong with it
  }
}

/**
 * Each press of the button is one intention, so it carries one fresh key; unless the text says its
 * own with @idempotent, or asks for several mutations, which the header cannot serve.
 */
function wantsKey(operation) {
  if (operation?.operation !== "mutation" || operation.selectionSet.selections.length !== 1) return false;
  const [field] = operation.selectionSet.selections;
  return !field.directives.some(({ name }) => name.value === "idempotent");
}

/** A token typed into the Headers editor wins over the persona. */
function authorization(identity, headers) {
  const typed = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization");
  if (typed) return { Authorization: typed[1] };
  return identity.token() ? { Authorization: `Bearer ${identity.token()}` } : {};
}

async function post(url, request, headers) {
  const response = await fetch(url, {
    method: "POST",
    headers: { accept: "application/graphql-response+json, application/json", "content-type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered ${response.status} ${response.statusText}: ${text.slice(0, 500)}` }] };
  }
}

/** `crypto.randomUUID` exists on secure origins only; a LAN address is none. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
