// Fastify with mercurius and graphql-jit over node-postgres; parts of orders come by mercurius' loaders.
// Whoever asks is believed: X-User is the user's id; or, if BENCH_GUARDED says so, has a token (guards.mjs).
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { believing, guarded } from "./guards.mjs";
import { cursor, globalId, moment, money } from "./values.mjs";

const SCHEMA = `
  type Query { viewer: Viewer!  order(id: ID!): Order }
  type Viewer { purchases(first: Int! = 20): OrderConnection! }
  type OrderConnection { edges: [OrderEdge!]!  pageInfo: PageInfo! }
  type OrderEdge { cursor: String!  node: Order! }
  type PageInfo { hasNextPage: Boolean!  endCursor: String }
  type Money { amount: String!  currencyCode: String! }
  type Order {
    id: ID!  number: String!  status: String!  total: Money!  placedAt: String!  deliveredAt: String
    cancelableUntil: String  canCancel: Boolean!  lines: [OrderLine!]!  refunds: [Refund!]!  dispute: Dispute
  }
  type OrderLine { id: ID!  title: String!  quantity: Int!  unitPrice: Money! }
  type Refund { id: ID!  status: String!  amount: Money!  dueAt: String! }
  type Dispute {
    id: ID!  status: String!  stage: String!  description: String!  amountRequested: Money!  openedAt: String!
    messages(first: Int! = 20): MessageConnection!
  }
  type MessageConnection { edges: [MessageEdge!]!  pageInfo: PageInfo! }
  type MessageEdge { cursor: String!  node: Message! }
  type Message { id: ID!  kind: String!  authorRole: String!  body: String  sentAt: String! }
`;

// The columns that each statement reads, and the name under which it is prepared.
const STATEMENTS = {
  purchases: `SELECT id, number, status, currency, total_minor, placed_at, placed_at::text AS placed_text, delivered_at,
    cancelable_until FROM orders WHERE buyer_id = $1 ORDER BY placed_at DESC, id DESC LIMIT $2`,
  order: `SELECT id, number, status, currency, total_minor, placed_at, delivered_at, cancelable_until
    FROM orders WHERE id = $1 AND buyer_id = $2`,
  lines: `SELECT id, order_id, title, quantity, unit_price_minor FROM order_lines WHERE order_id = ANY($1::uuid[])
    ORDER BY position`,
  refunds: `SELECT id, order_id, status, currency, amount_minor, due_at FROM refunds WHERE order_id = ANY($1::uuid[])
    ORDER BY created_at, id`,
  dispute: `SELECT id, status, stage, description, currency, requested_minor, opened_at FROM disputes
    WHERE order_id = $1 ORDER BY opened_at DESC, id DESC LIMIT 1`,
  messages: `SELECT id, position, kind, author_role, body, sent_at FROM messages WHERE dispute_id = $1
    ORDER BY position LIMIT $2`,
};

const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 10, options: "-c jit=off -c timezone=UTC" });
const rows = async (name, ...values) => (await pool.query({ name, text: STATEMENTS[name], values })).rows;
const userOf = (context) => context.reply.request.userId;

function page(found, first, place, shown) {
  const edges = found.slice(0, first).map((row) => ({ cursor: cursor(place(row)), node: shown(row) }));
  return { edges, pageInfo: { hasNextPage: found.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

// Postgres' text of a moment, to the microsecond, as Python's isoformat writes it.
const iso = (text) => text.replace(" ", "T").replace(/(\.\d+)?\+00$/, (_, part) => `${part ? part.padEnd(7, "0") : ""}+00:00`);

function cancelable({ status, cancelable_until: until }) {
  return status === "PENDING_PAYMENT" || (status === "PROCESSING" && (until === null || Date.now() < until));
}

const shownOrder = (row) => ({
  uuid: row.id,
  currency: row.currency,
  id: globalId("Order", row.id),
  number: row.number,
  status: row.status,
  total: money(row.total_minor, row.currency),
  placedAt: moment(row.placed_at),
  deliveredAt: moment(row.delivered_at),
  cancelableUntil: moment(row.cancelable_until),
  canCancel: cancelable(row),
});

const shownMessage = (row) => ({
  id: globalId("Message", row.id),
  kind: row.kind,
  authorRole: row.author_role,
  body: row.body,
  sentAt: moment(row.sent_at),
});

const resolvers = {
  Query: {
    viewer: () => ({}),
    async order(_, { id }, context) {
      const uuid = Buffer.from(id, "base64").toString().split(":")[1];
      const [row] = await rows("order", uuid, userOf(context));
      return row && shownOrder(row);
    },
  },
  Viewer: {
    async purchases(_, { first }, context) {
      const found = await rows("purchases", userOf(context), first + 1);
      return page(found, first, (row) => [iso(row.placed_text), row.id], shownOrder);
    },
  },
  Order: {
    async dispute(order) {
      const [row] = await rows("dispute", order.uuid);
      return row && {
        uuid: row.id,
        id: globalId("Dispute", row.id),
        status: row.status,
        stage: row.stage,
        description: row.description,
        amountRequested: money(row.requested_minor, row.currency),
        openedAt: moment(row.opened_at),
      };
    },
  },
  Dispute: {
    async messages({ uuid }, { first }) {
      return page(await rows("messages", uuid, first + 1), first, (row) => [row.position], shownMessage);
    },
  },
};

async function ofOrders(name, queries, shown) {
  const orders = queries.map(({ obj }) => obj);
  const found = new Map(orders.map((order) => [order.uuid, []]));
  const currencies = new Map(orders.map((order) => [order.uuid, order.currency]));
  for (const row of await rows(name, [...found.keys()])) {
    found.get(row.order_id).push(shown(row, currencies.get(row.order_id)));
  }
  return orders.map((order) => found.get(order.uuid));
}

const loaders = {
  Order: {
    lines: {
      loader: (queries) =>
        ofOrders("lines", queries, (row, currency) => ({
          id: globalId("OrderLine", row.id),
          title: row.title,
          quantity: row.quantity,
          unitPrice: money(row.unit_price_minor, currency),
        })),
      opts: { cache: false },
    },
    refunds: {
      loader: (queries) =>
        ofOrders("refunds", queries, (row) => ({
          id: globalId("Refund", row.id),
          status: row.status,
          amount: money(row.amount_minor, row.currency),
          dueAt: moment(row.due_at),
        })),
      opts: { cache: false },
    },
  },
};

const duties = process.env.BENCH_GUARDED ? guarded : believing;
const app = Fastify(duties.fastify);
app.decorateRequest("userId", "");
await duties.guard(app, pool);
app.register(mercurius, { schema: SCHEMA, resolvers, loaders, jit: 1, ...duties.mercurius });
await app.listen({ host: "127.0.0.1", port: Number(process.env.BENCH_PORT) });
process.on("SIGTERM", () => process.exit(0));
