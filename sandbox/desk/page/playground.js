// One person's Teams in Microsoft's Playground, a second client besides the desk's own.

import { h, text } from "./dom.js";

// Under another name than the page's own, frames have a process of their own in the browser, and
// this page stays quick while they load.
const OTHER_NAME = location.hostname === "127.0.0.1" ? "localhost" : "127.0.0.1";
const opening = new Set();

export class Playground {
  constructor(place, ask) {
    this.ask = ask;
    this.frame = h("iframe", {
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox",
      loading: "lazy",
    });
    this.waiting = h("p", { class: "waiting" });
    this.alone = h("a", { class: "quiet", target: "_blank", rel: "noopener", hidden: true }, "Open in a tab");
    this.window = h("div", { class: "playground", hidden: true }, this.frame, this.waiting, this.alone);
    place.append(this.window);
  }

  show(shown) {
    this.window.hidden = !shown;
  }

  async draw(person) {
    const { state, port, seen, trouble } = person.playground;
    this.frame.title = `Teams, as ${person.name}`;
    if (port) {
      const url = `http://${OTHER_NAME}:${port}/`;
      const framed = `${url}?desk`;
      if (this.frame.dataset.url !== framed) {
        this.frame.dataset.url = framed;
        this.frame.src = framed;
      }
      this.alone.href = url;
    }
    this.alone.hidden = !port;
    text(this.waiting, state === "missing" || state === "broken"
      ? `${person.given}’s Teams could not be opened. ${trouble}`
      : `Opening ${person.given}’s Teams …`);
    this.waiting.hidden = state === "ready" && seen;
    if (state !== "closed" || opening.has(person.key)) return;
    opening.add(person.key);
    await this.ask(`api/people/${person.key}/playground`, {}).catch(() => {});
    opening.delete(person.key);
  }

  /** The desk was started anew, and so was what the frame shows. */
  forget() {
    delete this.frame.dataset.url;
  }
}
