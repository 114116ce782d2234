/** Keeps subscriptions running while other tabs act, which GraphiQL by itself does not. */
import { createClient } from "graphql-ws";
import { createStore } from "./store.js";

const EVENTS_KEPT = 50;

export function createLive({ url, identity, memory }) {
  const store = createStore({ watches: [] });
  const sockets = new Map();
  const connected = new Set(); // tokens
  let activeTab = null;
  let openTabs = new Set();
  let lastId = 0;

  const update = (id, change) =>
    store.set({ watches: store.get().watches.map((w) => (w.id === id ? { ...w, ...change(w) } : w)) });
  const remove = (id) => store.set({ watches: store.get().watches.filter((w) => w.id !== id) });

  /** One connection for each token: the token is said once, when the socket opens. */
  function socket(authorization) {
    const token = authorization.Authorization ?? "";
    if (!sockets.has(token)) sockets.set(token, connect(url, authorization, (state) => mark(token, state)));
    return sockets.get(token);
  }

  function mark(token, state) {
    if (state === "live") connected.add(token);
    else connected.delete(token);
    store.get().watches.filter((w) => w.token === token && !isOver(w)).forEach((w) => update(w.id, () => ({ state })));
  }

  function open(request, operation, authorization) {
    return { subscribe: (observer) => start(request, operation, authorization, observer) };
  }

  function start(request, operation, authorization, observer) {
    const id = ++lastId;
    const tab = activeTab;
    let shown = true; // in GraphiQL's own answer pane
    close((w) => w.tab === tab);
    const watch = {
      id,
      tab,
      name: operation.name?.value ?? operation.selectionSet.selections[0].name.value,
      as: identity.store.get().current?.displayName ?? "nobody",
      token: authorization.Authorization ?? "",
      state: connected.has(authorization.Authorization ?? "") ? "live" : "connecting",
      events: [],
      last: null,
      detached: false,
    };
    store.set({ watches: [...store.get().watches, watch] });
    const stop = socket(authorization).subscribe(request, {
      next(answer) {
        memory.learn(answer.data);
        update(id, (w) => ({ state: "live", last: answer, events: [...w.events, eventOf(answer)].slice(-EVENTS_KEPT) }));
        if (shown) observer.next(answer);
      },
      error(cause) {
        const errors = readable(cause);
        update(id, (w) => ({ state: "failed", events: [...w.events, eventOf({ errors })] }));
        if (shown) observer.error(errors);
      },
      complete() {
        update(id, (w) => ({ state: w.state === "failed" ? "failed" : "ended" }));
        if (shown) observer.complete();
      },
    });
    update(id, () => ({ stop }));
    return {
      unsubscribe() {
        shown = false;
        // GraphiQL stops a subscription before it says that the tab changed: look once it has.
        setTimeout(() => {
          if (activeTab === tab || !openTabs.has(tab)) close((w) => w.id === id);
          else update(id, () => ({ detached: true }));
        });
      },
    };
  }

  function close(which) {
    for (const watch of store.get().watches.filter(which)) {
      watch.stop?.();
      remove(watch.id);
    }
  }

  return {
    store,
    open,
    close: (id) => close((w) => w.id === id),
    /** Something else runs in this tab, so its answer pane is no longer the subscription's. */
    detach: () => store.get().watches.filter((w) => w.tab === activeTab).forEach((w) => update(w.id, () => ({ tab: null }))),
    tabsChanged({ tabs, activeTabIndex }) {
      activeTab = tabs[activeTabIndex]?.id ?? null;
      openTabs = new Set(tabs.map((tab) => tab.id));
    },
  };
}

export const isOver = (watch) => watch.state === "failed" || watch.state === "ended";

function connect(url, authorization, onState) {
  return createClient({
    url,
    connectionParams: authorization,
    keepAlive: 15_000,
    retryAttempts: 30,
    // A refused token stays refused; everything else comes back (the server stopping, the network).
    shouldRetry: (event) => event?.code !== 4403,
    on: { connected: () => onState("live"), closed: () => onState("reconnecting") },
  });
}

function eventOf(answer) {
  return { at: new Date(), text: summary(answer) };
}

/** The few words that tell a change: a status or a message, else the beginning of the JSON. */
function summary(answer) {
  const problem = answer.errors?.[0]?.message;
  if (problem) return problem;
  const root = Object.values(answer.data ?? {})[0];
  const subject = root?.node ?? root ?? answer;
  const said = subject.status ?? subject.body ?? subject.title;
  return said === undefined ? JSON.stringify(subject).slice(0, 80) : `${subject.authorRole ? `${subject.authorRole}: ` : ""}${said}`;
}

/** Plain objects, because of an Error GraphiQL also shows the stack. */
function readable(cause) {
  if (Array.isArray(cause)) return cause;
  if (cause instanceof Error) return [{ message: cause.message }];
  if (cause?.code === 4403) return [{ message: "The server refused the token (4403). Pick a persona or paste another token." }];
  return [{ message: `The socket closed (${cause?.code ?? "no code"}) ${cause?.reason ?? ""}`.trim() }];
}
