// What a service on the internet does beside answering: it verifies tokens, counts who asks how often, refuses what is
// too deep, and writes a line for each request. Fastify's own plugins, as their guides say; counted in Valkey, as any
// service of several processes must.
import jwt from "@fastify/jwt";
import rateLimit from "@fastify/rate-limit";
import Redis from "ioredis";

const USER = "SELECT id FROM users WHERE external_id = $1";
const DEEPEST = 15;

export const believing = { fastify: {}, mercurius: {}, guard: async (app) => app.addHook("onRequest", believe) };
export const guarded = { fastify: { logger: true, disableRequestLogging: true }, mercurius: { queryDepth: DEEPEST }, guard };

async function believe(request) {
  request.userId = request.headers["x-user"];
}

async function guard(app, pool) {
  const known = new Map();
  await app.register(jwt, {
    secret: process.env.BENCH_JWT_SECRET,
    verify: { allowedIss: "ordergraph", allowedAud: "ordergraph", cache: true },
  });
  app.addHook("onRequest", async (request) => {
    const { sub } = await request.jwtVerify();
    if (!known.has(sub)) known.set(sub, (await pool.query(USER, [sub])).rows[0].id);
    request.userId = known.get(sub);
  });
  await app.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: "1 minute",
    hook: "preHandler",
    keyGenerator: (request) => request.userId,
    redis: new Redis(process.env.BENCH_REDIS_URL),
  });
  app.addHook("onResponse", async (request, reply) => {
    request.log.info({ method: request.method, route: "graphql", status: reply.statusCode, ms: reply.elapsedTime }, "request");
  });
}
