/** The strip of running subscriptions: whose they are, and what came last. */
import { useEffect, useRef } from "react";
import { isOver } from "./live.js";
import { useStore } from "./store.js";

export function Live({ live }) {
  const { watches } = useStore(live.store);
  if (watches.length === 0) return null;
  return (
    <ul aria-label="Running subscriptions">
      {watches.map((watch) => (
        <Watch key={watch.id} watch={watch} onClose={() => live.close(watch.id)} />
      ))}
    </ul>
  );
}

function Watch({ watch, onClose }) {
  const events = useRef(null);
  useEffect(() => {
    events.current.scrollLeft = events.current.scrollWidth;
  }, [watch.events.length]);
  return (
    <li data-state={watch.state}>
      <span className="dot" title={watch.state} />
      <span className="watch-name">
        {watch.name} <small>{watch.state === "live" ? `as ${watch.as}` : watch.state}</small>
      </span>
      <ol ref={events} aria-live="polite">
        {watch.events.map(({ at, text }, index) => (
          <li key={index} title={text}>
            <time>{at.toLocaleTimeString([], { hour12: false })}</time> {text}
          </li>
        ))}
        {watch.events.length === 0 && !isOver(watch) && <li className="waiting">waiting for the first event …</li>}
      </ol>
      <button type="button" className="quiet" onClick={onClose} aria-label={`Stop ${watch.name}`}>
        {isOver(watch) ? "Dismiss" : "Stop"}
      </button>
    </li>
  );
}
