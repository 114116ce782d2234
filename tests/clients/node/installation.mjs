// What all checks share: where the server is, who its people are, and a plain way to ask it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export const { url, tokens, short } = JSON.parse(process.env.INSTALLATION);
export const socketUrl = url.replace("http", "ws");
export const bearer = (name) => ({ authorization: `Bearer ${tokens[name]}` });
export const fresh = randomUUID;

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
  const end = Date.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `not so in time: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
