/** Ties the ready tabs to the persona, to the remembered ids and to the strip of subscriptions. */
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { formatResult } from "@graphiql/toolkit";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Bar } from "./Bar.jsx";
import { Live } from "./Live.jsx";
import { useStore } from "./store.js";

const NOTE_SHOWN_MS = 4_000;

export function Guide({ stories, identity, live, memory, onReset }) {
  const { tabs, activeTabIndex, subscription } = useGraphiQL(pick("tabs", "activeTabIndex", "subscription"));
  const { run, stop, changeTab } = useGraphiQLActions();
  const tab = tabs[activeTabIndex];
  const step = stories.find((story) => isIn(tab, story));
  const next = step && stories[step.number];
  const nextIndex = next ? tabs.findIndex((other) => isIn(other, next)) : -1;

  live.tabsChanged({ tabs, activeTabIndex });
  useTabInView(tab);
  useEarlyChoice(tab, () => changeTab(activeTabIndex));
  useRoleOf(step, identity);
  const note = useFilledVariables(tab, memory);
  useBackgroundAnswers(tab, live);

  function choose(persona) {
    const running = Boolean(subscription);
    if (running) stop();
    identity.choose(persona);
    if (running) setTimeout(run); // once GraphiQL has let go of the old one
  }

  return (
    <>
      {createPortal(
        <Bar
          step={step}
          steps={stories.length}
          next={nextIndex >= 0 && { title: next.title, go: () => changeTab(nextIndex) }}
          identity={identity}
          onChoose={choose}
          note={note}
          onReset={onReset}
        />,
        document.getElementById("bar"),
      )}
      {createPortal(<Live live={live} />, document.getElementById("live"))}
    </>
  );
}

const isIn = (tab, story) => story.names.some((name) => tab?.query?.includes(` ${name}`));

function useTabInView(tab) {
  useEffect(() => {
    document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab?.id]);
}

/** A tab chosen before the editors have loaded: GraphiQL would show the first tab's text in it. */
function useEarlyChoice(tab, showAgain) {
  const editor = useGraphiQL((state) => state.variableEditor && state.responseEditor && state.queryEditor);
  useEffect(() => {
    if (editor && tab?.query && editor.getValue() !== tab.query) showAgain();
  }, [editor]); // only when they appear
}

/** The first visit of a ready tab picks its persona; later the choice is left alone. */
function useRoleOf(step, identity) {
  const visited = useRef(new Set());
  useEffect(() => {
    if (!step || visited.current.has(step.number)) return;
    visited.current.add(step.number);
    const wanted = identity.ofRole(step.role);
    if (wanted) identity.choose(wanted);
  }, [step, identity]);
}

function useFilledVariables(tab, memory) {
  const known = useStore(memory.store);
  const editor = useGraphiQL((state) => state.variableEditor);
  const { updateActiveTabValues } = useGraphiQLActions();
  const [note, setNote] = useState(null);
  useEffect(() => {
    if (!editor) return;
    const before = editor.getValue();
    const variables = memory.fill(before);
    if (variables === before) return;
    editor.setValue(variables);
    updateActiveTabValues({ variables });
    setNote({ tab: tab.id, text: `Filled in ${Object.keys(JSON.parse(variables)).join(", ")} from an earlier answer` });
  }, [tab?.id, known, editor, memory, updateActiveTabValues]);
  useEffect(() => {
    const timer = setTimeout(() => setNote(null), NOTE_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [note]);
  return note && note.tab === tab?.id ? note.text : "";
}

/** Coming back to a tab whose subscription ran on: its newest event stands in the answer pane. */
function useBackgroundAnswers(tab, live) {
  const { watches } = useStore(live.store);
  const editor = useGraphiQL((state) => state.responseEditor);
  const answer = watches.find((watch) => watch.detached && watch.tab === tab?.id)?.last;
  useEffect(() => {
    if (answer) editor?.setValue(formatResult(answer));
  }, [answer, editor]);
}
