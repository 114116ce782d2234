// Operations as an app keeps them; also what generators and manifests are made of.
import { parse } from "graphql";

export const ORDER = parse(`query Order($id: ID!) {
  order(id: $id) { ...Shown actions { kind available until blockedBy { __typename message } } }
}
fragment Shown on Order { id number status total { amount currencyCode } cancelableUntil }`);

export const CANCEL = parse(`mutation Cancel($input: OrderCancelInput!, $key: String!) {
  orderCancel(input: $input) @idempotent(key: $key) {
    ... on OrderCancelSuccess {
      order { id status }
      refund { id status amount { amount currencyCode } dueAt }
    }
    ... on CancelWindowClosedError { closedAt }
    ... on IdempotencyError { retryable }
    ... on UserError { message }
  }
}`);

export const PURCHASES = parse(`query Purchases($first: Int!, $after: String) {
  viewer { user { id } purchases(first: $first, after: $after) {
    edges { cursor node { id number placedAt } }
    pageInfo { hasNextPage endCursor }
  } }
}`);

export const ORDER_UPDATED = parse(`subscription OrderUpdated($id: ID!) {
  orderUpdated(orderId: $id) { id status }
}`);
