// Drawing without a framework: what is to be seen is made anew, and the page is changed where it
// differs. What stays keeps its focus, its scroll position and whether it is open.

export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") for (const [one, to] of Object.entries(value)) made.style.setProperty(one, to);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...there(children));
  return made;
}

const NOTHING = [null, undefined, false, ""];

/** Lists are opened, and what a condition has left out is left out. */
const there = (children) => children.flat(Infinity).filter((child) => !NOTHING.includes(child));

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  made.append(use);
  return made;
}

/** The element holds these children afterwards. */
export function show(element, ...children) {
  const wanted = document.createElement("div");
  wanted.append(...there(children));
  children_(element, [...wanted.childNodes]);
}

export function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// The first is the reader's business; the second is so until what was pressed is done.
const KEEP = new Set(["open", "aria-busy"]);

export const isBusy = (element) => element.getAttribute("aria-busy") === "true";

function children_(old, wanted) {
  const keyed = new Map();
  for (const child of old.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let place = old.firstChild;
  for (const next of wanted) {
    const key = next.dataset?.key;
    let same = key ? keyed.get(key) : null;
    if (!key && place && alike(place, next)) same = place;
    if (!same) {
      old.insertBefore(next, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else old.insertBefore(same, place);
    change(same, next);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function alike(one, other) {
  return one.nodeName === other.nodeName && !one.dataset?.key;
}

function change(old, wanted) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
    return;
  }
  for (const { name } of [...old.attributes])
    if (name !== "style" && !KEEP.has(name) && !wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (name !== "style" && !KEEP.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.style && old.style.cssText !== wanted.style.cssText) old.style.cssText = wanted.style.cssText;
  if (old.type === "checkbox" && !isBusy(old)) old.checked = wanted.checked;
  children_(old, [...wanted.childNodes]);
}
