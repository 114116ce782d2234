/** Who runs the requests: one of the development personas, or a token that was pasted. */
import { createStore } from "./store.js";

const REMEMBERED = "ordergraph:persona";

export async function createIdentity(personasUrl) {
  const personas = await fetchPersonas(personasUrl);
  const remembered = sessionStorage.getItem(REMEMBERED);
  const current = personas.find(({ name }) => name === remembered) ?? personas[0] ?? null;
  const store = createStore({ personas, current });
  const lastOfRole = new Map(current ? [[current.role, current]] : []);

  function choose(persona) {
    lastOfRole.set(persona.role, persona);
    sessionStorage.setItem(REMEMBERED, persona.name);
    store.set({ current: persona });
  }

  return {
    store,
    choose,
    token: () => store.get().current?.token ?? "",
    /** The one of this role used last, else the first: the story is written for the first of each role. */
    ofRole: (role) => lastOfRole.get(role) ?? personas.find((persona) => persona.role === role),
    // A pasted token stays in memory only: it may be a real one.
    paste: (token) =>
      store.set({ current: token ? { name: "pasted", displayName: "your token", role: null, token } : null }),
  };
}

/** Outside development there is no such route; then a token has to be pasted. */
async function fetchPersonas(url) {
  const response = await fetch(url, { headers: { accept: "application/json" } }).catch(() => null);
  return response?.ok ? response.json() : [];
}
