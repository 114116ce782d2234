/** Starts the page: reads what the server wrote into it, then shows GraphiQL. */
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { Guide } from "./Guide.jsx";
import { createIdentity } from "./identity.js";
import { createLive } from "./live.js";
import { createMemory } from "./memory.js";
import { keptTabs } from "./storage.js";
import { createFetcher } from "./transport.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./palette.css";
import "./bar.css";
import "./live.css";
import "./narrow.css";

const boot = JSON.parse(document.getElementById("boot").textContent);

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(boot.workers[label] ?? boot.workers.editor, { name: label }),
};

const socketUrl = new URL(boot.graphql, location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");

const identity = await createIdentity(boot.personas);
const storage = keptTabs(boot.storiesVersion);
const memory = createMemory(storage);
const live = createLive({ url: socketUrl.href, identity, memory });
const fetcher = createFetcher({ url: boot.graphql, identity, live, memory });
const plugins = [HISTORY_PLUGIN, explorerPlugin()];
const defaultTabs = boot.stories.map(({ query, variables }) => ({ query, variables }));

function reset() {
  storage.forget();
  location.reload();
}

createRoot(document.getElementById("root")).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={plugins}
    defaultTabs={defaultTabs}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
    schemaDescription
    onTabChange={live.tabsChanged}
  >
    <GraphiQL.Logo>
      <span hidden />
    </GraphiQL.Logo>
    <Guide stories={boot.stories} identity={identity} live={live} memory={memory} onReset={reset} />
  </GraphiQL>,
);
