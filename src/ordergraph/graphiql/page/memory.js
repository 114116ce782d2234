/** Remembers ids out of answers and fills them into variables that still hold their placeholder. */
import { createStore } from "./store.js";

const VARIABLE_OF = {
  order: "orderId",
  orderUpdated: "orderId",
  purchases: "orderId",
  refund: "refundId",
  refunds: "refundId",
  refundUpdated: "refundId",
  dispute: "disputeId",
  disputeUpdated: "disputeId",
};

const FILLED = "filled-in";
const FILLED_KEPT = 200;

/** What it filled in is kept beside GraphiQL's tabs, so that after a reload it can tell it from what was typed. */
export function createMemory(storage) {
  const store = createStore({});
  const filledIn = new Set(JSON.parse(storage.getItem(FILLED) ?? "[]"));

  return {
    store,
    learn(data) {
      const { exact, listed } = idsIn(data);
      // The first of a list is only a guess: it never replaces what an answer named by itself.
      store.set({ ...listed, ...store.get(), ...exact });
    },
    /** Returns the text of the variables with what is known filled in; a value typed by hand stays. */
    fill(text) {
      const variables = parseObject(text);
      const known = store.get();
      for (const [name, value] of Object.entries(variables)) {
        if (known[name] && (isPlaceholder(value) || filledIn.has(value))) variables[name] = known[name];
        if (variables[name] !== value) filledIn.add(variables[name]);
      }
      storage.setItem(FILLED, JSON.stringify([...filledIn].slice(-FILLED_KEPT)));
      const filled = JSON.stringify(variables, null, 2);
      return JSON.stringify(parseObject(text), null, 2) === filled ? text : filled;
    },
  };
}

const isPlaceholder = (value) => typeof value === "string" && /^<.*>$/.test(value);

function parseObject(text) {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {}; // being edited, or empty
  }
}

function idsIn(data) {
  const found = { exact: {}, listed: {} };
  const walk = (value, variable, inList) => {
    if (Array.isArray(value)) return value.slice(0, 1).forEach((item) => walk(item, variable, true));
    if (!value || typeof value !== "object") return;
    if (variable && typeof value.id === "string") {
      (inList ? found.listed : found.exact)[variable] ??= value.id;
    }
    for (const [key, child] of Object.entries(value)) {
      const passedOn = ["nodes", "edges", "node"].includes(key) ? variable : undefined;
      walk(child, VARIABLE_OF[key] ?? passedOn, passedOn ? inList : false);
    }
  };
  walk(data, undefined, false);
  return found;
}
