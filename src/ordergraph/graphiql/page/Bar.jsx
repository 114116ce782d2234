/** The top bar: where one is in the story, and as whom one acts. */
import { useState } from "react";
import { useStore } from "./store.js";

export function Bar({ step, steps, next, identity, onChoose, note, onReset }) {
  return (
    <>
      <div className="bar-row">
        <span className="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <path d="M10 19a6.5 6.5 0 1 0 1-8l-2 2m0-5v5h5" />
          </svg>
          ordergraph
        </span>
        {step && <Switch step={step} identity={identity} onChoose={onChoose} />}
        <Who identity={identity} onChoose={onChoose} />
      </div>
      <div className="bar-row step" data-testid="step">
        {step ? (
          <Step step={step} steps={steps} identity={identity} />
        ) : (
          <p>Your own tab. The story is in the ready tabs.</p>
        )}
        {note && (
          <span className="note" role="status">
            {note}
          </span>
        )}
        {next && (
          <button type="button" onClick={next.go}>
            Next: {next.title} ›
          </button>
        )}
        <button type="button" className="quiet" onClick={onReset} title="Forget edited tabs and bring the ready ones back">
          Reset tabs
        </button>
      </div>
    </>
  );
}

function Step({ step, steps, identity }) {
  const { personas } = useStore(identity.store);
  return (
    <p>
      <b>
        {step.number}/{steps} {step.title}
      </b>
      <span className="say">{step.say}</span>
      {personas.length === 0 && <span className="role">Runs with a token of the {step.role.toLowerCase()}.</span>}
    </p>
  );
}

/** Shown only when the persona is not the one that this step is written for. */
function Switch({ step, identity, onChoose }) {
  const { current } = useStore(identity.store);
  const wanted = identity.ofRole(step.role);
  if (!wanted || current.role === step.role) return null;
  return (
    <button type="button" className="switch" data-role={step.role} onClick={() => onChoose(wanted)}>
      This step is the {step.role.toLowerCase()}’s: switch to {wanted.displayName}
    </button>
  );
}

function Who({ identity, onChoose }) {
  const { personas, current } = useStore(identity.store);
  if (personas.length === 0) return <PasteToken identity={identity} />;
  return (
    // The key restarts the flash, so that a switch made by a tab is seen.
    <label className="who flash" key={current.name} data-role={current.role}>
      <span className="who-label">Acting as</span>
      <select
        aria-label="Persona"
        value={current.name}
        onChange={(event) => onChoose(personas.find(({ name }) => name === event.target.value))}
      >
        {personas.map(({ name, displayName, role }) => (
          <option key={name} value={name}>
            {displayName} ({role.toLowerCase()})
          </option>
        ))}
      </select>
    </label>
  );
}

function PasteToken({ identity }) {
  const [text, setText] = useState("");
  const { current } = useStore(identity.store);
  const used = current?.token === text.trim();
  return (
    <form
      className="who"
      onSubmit={(event) => {
        event.preventDefault();
        identity.paste(text.trim().replace(/^Bearer\s+/i, ""));
      }}
    >
      <input
        type="password"
        aria-label="Token"
        placeholder="Paste a token"
        autoComplete="off"
        spellCheck="false"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={used && text !== ""}>
        {used && text !== "" ? "In use" : "Use"}
      </button>
    </form>
  );
}
