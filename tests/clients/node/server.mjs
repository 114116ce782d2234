// A second server over the same database, to be stopped and started again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

import { serve, until } from "./installation.mjs";

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

/** Start one, on this port if it has to be the same as before. */
export async function started(known, settings = {}) {
  const port = known ?? (await freePort());
  const [program, ...args] = serve.command;
  const env = { ...serve.env, ...settings, ORDERGRAPH_PORT: String(port) };
  const child = spawn(program, args, { env, stdio: "ignore" });
  process.once("exit", () => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok, "the server is up");
  const stop = async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  return { url, port, stop };
}
