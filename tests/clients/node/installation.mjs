// What all checks share: where the server is, who its people are, and a plain way to ask it.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";

export const { url, tokens, secret, serve } = JSON.parse(process.env.INSTALLATION);
export const eventsUrl = `${url}/stream`;
export const socketUrl = url.replace("http", "ws");
export const bearer = (name) => ({ authorization: `Bearer ${tokens[name]}` });
export const fresh = randomUUID;

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of Ada's that is good for so long, signed as an identity provider would. */
export function briefly(seconds) {
  const [header, claims] = tokens.ada.split(".", 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encoded(header)}.${encoded({ ...claims, iat: now, exp: now + seconds })}`;
  return `Bearer ${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Send one operation with nothing but fetch; errors fail the check. */
export async function ask(name, query, variables = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(name), "idempotency-key": fresh() },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const PLACE = `mutation Place($input: OrderPlaceInput!) {
  orderPlace(input: $input) { ... on OrderPlaceSuccess { order { id number } } ... on UserError { message } } }`;

/** Ada buys a lamp. */
export async function place(title = "Reading lamp") {
  const input = {
    sellerExternalId: "nordic-lamps",
    currency: "EUR",
    shipping: "4.90",
    lines: [{ sku: "LAMP-1", title, quantity: 2, unitPrice: "39.90" }],
  };
  const { orderPlace } = await ask("ada", PLACE, { input });
  assert.ok(orderPlace.order, orderPlace.message);
  return orderPlace.order;
}

const SHIP = `mutation Ship($id: ID!) {
  orderShip(input: { orderId: $id, carrier: "Post", trackingNumber: "T1" }) {
    ... on OrderShipSuccess { order { status } } ... on UserError { message } } }`;

/** The seller sends it. */
export async function ship(id) {
  const { orderShip } = await ask("nordic-lamps", SHIP, { id });
  assert.equal(orderShip.order?.status, "SHIPPED", orderShip.message);
}

/** Wait until it is so; a check that waits in vain fails by its runner's time limit. */
export async function until(isSo, what) {
  const end = Date.now() + 40_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `not so in time: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
