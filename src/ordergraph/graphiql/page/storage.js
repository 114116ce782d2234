/** Where GraphiQL keeps tabs: apart for each version of the story, so that new ready tabs appear after an upgrade. */
const ROOT = "ordergraph:";

export function keptTabs(version) {
  const prefix = `${ROOT}${version}:`;
  const keys = (start) => Object.keys(localStorage).filter((key) => key.startsWith(start));
  keys(ROOT)
    .filter((key) => !key.startsWith(prefix))
    .forEach((key) => localStorage.removeItem(key));
  let open = true;
  return {
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => open && localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => keys(prefix).forEach((key) => localStorage.removeItem(key)),
    /** GraphiQL saves its tabs half a second late: after a farewell nothing is written any more. */
    forget() {
      open = false;
      this.clear();
    },
    get length() {
      return keys(prefix).length;
    },
  };
}
