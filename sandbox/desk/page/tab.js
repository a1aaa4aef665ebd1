// A tab of the app as Teams frames it: the page asks by messages who looks, in which theme, and for a
// token, and is answered as Microsoft's hosts answer their library (@microsoft/teams-js).

import { h, text } from "./dom.js";

const THEMES = { light: "default", dark: "dark", contrast: "contrast" };
const DARK = matchMedia("(prefers-color-scheme: dark)");
const AGES = 20_000; // milliseconds until a page that does not begin is given up, as in Teams

/** The desk's looks, as Teams calls them. */
export function theme() {
  const looks = document.documentElement.dataset.looks;
  return THEMES[looks || (DARK.matches ? "dark" : "light")];
}

export class Tab {
  /** `ask` asks the desk for something of the person who looks; `leads` opens a link. */
  constructor(place, ask, leads) {
    this.ask = ask;
    this.leads = leads;
    this.waiting = h("p", { class: "waiting", role: "status" });
    this.window = h("div", { class: "framed", hidden: true }, this.waiting);
    place.append(this.window);
    window.addEventListener("message", (event) => this.hear(event));
    const looks = () => this.frame && this.send({ func: "themeChange", args: [theme()] });
    DARK.addEventListener("change", looks);
    new MutationObserver(looks).observe(document.documentElement, { attributeFilter: ["data-looks"] });
  }

  async open(person, tab, device, place = "") {
    this.window.hidden = false;
    text(this.waiting, `Opening ${tab.name} …`);
    this.waiting.hidden = false;
    const { url, context, error } = await this.ask("tab", { entity: tab.entity, theme: theme(), device, place });
    if (error) return text(this.waiting, error);
    this.context = context;
    this.origin = new URL(url, location.href).origin;
    this.frame?.remove();
    this.frame = h("iframe", {
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-downloads",
      title: `${tab.name}, as ${person.name}`,
      src: url,
    });
    this.window.append(this.frame);
    clearTimeout(this.aged);
    this.aged = setTimeout(() => text(this.waiting, "There was a problem reaching this app."), AGES);
  }

  close() {
    this.window.hidden = true;
    this.frame?.remove();
    this.frame = null;
    clearTimeout(this.aged);
  }

  send(message) {
    this.frame.contentWindow.postMessage(message, this.origin);
  }

  async hear({ source, origin, data }) {
    if (!this.frame || source !== this.frame.contentWindow || origin !== this.origin) return;
    const answer = (...args) => this.send({ id: data.id, uuidAsString: data.uuidAsString, args });
    switch (data.func) {
      case "initialize": {
        const runtime = { apiVersion: 4, hostVersionsInfo: {}, isLegacyTeams: false, supports: { pages: {} } };
        return answer("content", this.context.hostClientType, JSON.stringify(runtime), "2.0.1");
      }
      case "getContext":
        return answer({ ...this.context, theme: theme() });
      case "authentication.getAuthToken": {
        const { token, error } = await this.ask("token", {});
        return answer(Boolean(token), token ?? error);
      }
      case "appInitialization.success":
        this.waiting.hidden = true;
        return clearTimeout(this.aged);
      case "executeDeepLink":
        this.leads(data.args[0]);
        return answer(true);
    }
  }
}
