// One person's Teams: the chat with the bot, as a client of theirs draws it. It keeps what only the
// client that clicked knows, the card that answered: until the message is edited, or the page is
// loaded anew.

import { draw, read } from "./cards.js";
import { h, icon, show, text } from "./dom.js";
import { Playground } from "./playground.js";
import { Tab } from "./tab.js";
import { clock, day, isoDate } from "./words.js";

const REFRESHES = 60_000; // milliseconds: as often as a card renews itself at most
const TYPES = 10_000; // milliseconds for which "is typing" is shown, unless something comes
const NEAR = 48; // pixels from its end, within which a chat goes on with what comes
const SHOWN_ON = { phone: "Phone", desktop: "Desktop" };
const CHAT = "conversations"; // as Teams calls the tab with the chat
const FRAMED = "playground"; // Microsoft's client, where the desk was started with it

export class Teams {
  /**
   * `place` is where it is drawn, `tools` where is chosen how; `ask` asks the desk. `terms` are
   * those of Microsoft's Playground, where it is there.
   */
  constructor(place, tools, ask, terms) {
    this.ask = ask;
    this.terms = terms;
    this.framed = terms ? new Playground(place, ask) : null;
    this.who = null; // whose Teams this is
    this.chat = null; // how often the chat had changed when it was read last
    this.known = 0; // … at the latest that is known of it, also by an answer to a click
    this.messages = new Map(); // id → { element, edition, answers }
    this.found = null; // the chat as it was read last
    this.settings = {};
    this.tools = tools;
    this.make(place);
  }

  make(place) {
    this.notice = h("button", { type: "button", class: "notice", hidden: true });
    this.log = h("div", { class: "log", role: "log", tabindex: "0" });
    this.typing = h("p", { class: "typing", role: "status" });
    this.menu = h("details", { class: "menu" }, h("summary", { "aria-label": "What can be said and done here" }, icon("plus")), h("ul"));
    this.box = h("textarea", { rows: "1", "aria-label": "Write to Baton", placeholder: "Type a message", enterkeyhint: "send" });
    this.compose = h("form", { class: "compose" }, this.menu, this.box,
      h("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send")));
    this.task = h("div", { class: "task", role: "dialog", "aria-modal": "true", tabindex: "-1", hidden: true });
    this.tabs = h("div", { class: "tabbed", role: "group" });
    this.talk = h("div", { class: "talk" }, this.log, this.typing, this.compose);
    this.behind = h("div", { class: "client" },
      this.notice,
      h("header", { class: "with" }, h("img", { src: "page/icon.svg", alt: "", width: "28", height: "28" }), h("h4"), this.tabs),
      this.talk);
    this.tab = new Tab(this.behind, (path, body) => this.post(path, body), (url) => this.leads(url));
    this.opened = CHAT;
    this.device = h("div", { class: "device" }, this.behind, this.task);
    place.append(this.device);

    this.compose.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say(this.box.value);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.say(this.box.value);
    });
    // Where it was at its end it stays there, also when it comes into sight or has less room.
    this.ended = true;
    this.log.addEventListener("scroll", () => (this.ended = this.atEnd()));
    new ResizeObserver(() => this.ended && this.toEnd()).observe(this.log);
    this.tabs.addEventListener("click", (event) => {
      const { entity } = event.target.closest("button")?.dataset ?? {};
      if (entity) this.choosesTab(entity);
    });
    this.notice.addEventListener("click", () => this.to(this.notice.dataset.message));
    this.menu.addEventListener("click", (event) => this.choose(event.target.closest("[data-command], [data-word]")));
    this.log.addEventListener("click", (event) => this.choose(event.target.closest("[data-command]")));
    this.menu.addEventListener("focusout", (event) => {
      if (!this.menu.contains(event.relatedTarget)) this.menu.open = false;
    });
    this.menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.menu.open = false;
      this.menu.firstElementChild.focus();
    });
    this.task.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.tools.addEventListener("click", (event) => {
      const { device, letters } = event.target.closest("button")?.dataset ?? {};
      if (device) this.set({ device });
      if (letters) this.set({ large: !this.settings.large });
    });
  }

  // How it is shown

  set(change) {
    Object.assign(this.settings, change);
    const { device } = this.settings;
    localStorage.setItem(`teams ${this.who}`, JSON.stringify(this.settings));
    this.drawSettings();
    if (device === FRAMED) return this.framed.draw(this.person);
    for (const one of this.messages.values()) one.anew = true;
    if (this.found) this.drawMessages();
    this.toEnd();
  }

  drawSettings() {
    const { device, large } = this.settings;
    this.device.dataset.device = device;
    this.device.hidden = device === FRAMED;
    this.framed?.show(device === FRAMED);
    this.device.toggleAttribute("data-large", large);
    show(this.tools,
      h("div", { class: "buttons small", role: "group", "aria-label": "Where Teams is shown" },
        Object.entries(SHOWN_ON).map(([name, words]) =>
          h("button", { type: "button", "data-key": name, "data-device": name, "aria-pressed": String(name === device) }, words)),
        this.framed && h("button", { type: "button", "data-key": FRAMED, "data-device": FRAMED, "aria-pressed": String(device === FRAMED), title: `Under ${this.terms}` }, "Playground")),
      h("div", { class: "buttons small" },
        h("button", { type: "button", "data-letters": "large", "aria-pressed": String(large), title: "Letters of 130 %" }, "130 %")));
  }

  get look() {
    return { phone: this.settings.device === "phone", scale: this.settings.large ? 1.3 : 1 };
  }

  // What there is

  async draw(person) {
    this.person = person;
    if (person.key !== this.who) this.sit(person);
    if (this.settings.device === FRAMED) this.framed.draw(person);
    if (person.chat === this.chat) return;
    const found = await this.ask(`api/people/${person.key}/chat`);
    if (person.key !== this.who) return; // somebody else sits here by now
    if (found.chat < this.known) return; // what is shown is newer, and the newest is asked for
    this.found = found;
    this.chat = this.known = found.chat;
    const follows = this.atEnd();
    const wrote = this.drawMessages();
    this.drawNotice();
    this.drawMenu();
    this.drawTabs();
    this.drawTyping();
    if (follows || wrote) this.toEnd();
    this.refresh();
  }

  /** Another person's client: nothing is known there of what this one was answered. */
  sit(person) {
    Object.assign(this, { who: person.key, zone: person.zone, given: person.given });
    const kept = JSON.parse(localStorage.getItem(`teams ${this.who}`) ?? "{}");
    this.settings = { device: person.role === "Rep" ? "phone" : "desktop", large: false, ...kept };
    if (this.settings.device === FRAMED && !this.framed) this.settings.device = "desktop";
    this.log.setAttribute("aria-label", `${person.given}’s chat`);
    this.choosesTab(CHAT);
    this.device.setAttribute("role", "group");
    this.device.setAttribute("aria-label", `Teams, as ${person.name}`);
    this.forget();
    this.drawSettings();
  }

  /** As after a reload. */
  forget() {
    this.chat = null;
    this.known = 0;
    this.found = null;
    this.framed?.forget();
    this.messages.clear();
    this.log.replaceChildren();
    this.close();
  }

  /** Whether the person has written something that was not there before. */
  drawMessages() {
    const { messages } = this.found;
    text(this.behind.querySelector("h4"), this.found.bot);
    const ids = new Set(messages.map((one) => one.id));
    for (const [id, known] of this.messages)
      if (!ids.has(id)) {
        known.element.remove();
        this.messages.delete(id);
      }
    let mine = false;
    for (const message of messages) {
      const known = this.messages.get(message.id);
      const edited = known && message.edition > known.edition;
      if (known && !edited && !known.anew && known.deleted === message.deleted) continue;
      const kept = known ?? { element: h("article", { class: "message", tabindex: "-1", "data-message": message.id }), edition: 0 };
      if (!known || edited) Object.assign(kept, { answers: new Map(), edition: message.edition });
      Object.assign(kept, { deleted: message.deleted, anew: false });
      this.messages.set(message.id, kept);
      this.drawMessage(message, kept);
      if (!known) this.log.append(kept.element);
      mine ||= !known && message.mine;
    }
    this.drawDays(messages);
    if (!messages.length)
      this.log.replaceChildren(h("p", { class: "none" }, `Nothing has been said here yet. Write to ${this.found.bot} below, or wait for a message.`));
    else this.log.querySelector(":scope > .none")?.remove();
    return mine;
  }

  drawDays(messages) {
    for (const line of this.log.querySelectorAll(".date")) line.remove();
    let before = "";
    for (const { id, at } of messages) {
      const date = isoDate(new Date(at), this.zone);
      if (date !== before) this.messages.get(id).element.before(h("p", { class: "date" }, day(new Date(at), this.zone)));
      before = date;
    }
  }

  drawMessage(message, kept) {
    const by = message.mine ? this.given : this.found.bot;
    const at = clock(new Date(message.at), this.zone);
    const { element } = kept;
    const had = element.contains(document.activeElement);
    element.toggleAttribute("data-mine", message.mine);
    element.setAttribute("aria-label", `${by}, ${at}`);
    if (message.deleted) {
      element.replaceChildren(h("p", { class: "by" }, by, " ", h("time", {}, at)), h("p", { class: "bubble gone" }, "This message has been deleted."));
      return;
    }
    const onMessage = this.found.offers.commands.filter((one) => one.context.includes("message") && message.text);
    element.replaceChildren(
      h("p", { class: "by" }, h("b", {}, by), " ", h("time", { datetime: message.at }, at), message.edited && " · Edited",
        onMessage.map((one) =>
          h("button", { type: "button", class: "quiet", "data-command": one.id, "data-message": message.id }, one.title))),
      ...(message.text ? [this.words(message)] : []),
      ...message.cards.map((card, place) => this.card(message, kept, card, place)),
    );
    if (had) element.focus({ preventScroll: true });
  }

  words(message) {
    const bubble = h("div", { class: "bubble" });
    if (message.markdown) bubble.append(read(message.text));
    else bubble.append(h("p", { class: "text" }, message.text));
    return bubble;
  }

  card(message, kept, content, place) {
    const bubble = h("div", { class: "bubble card" });
    const seen = kept.answers?.get(place) ?? content;
    bubble.append(this.drawn(seen, (action, data) => this.press(message, kept, content, place, bubble, action, data)));
    return bubble;
  }

  drawn(content, does) {
    try {
      return draw(content, this.look, does, (url) => this.leads(url));
    } catch (problem) {
      console.error(problem);
      return h("p", {}, "The card couldn’t be displayed.");
    }
  }

  drawNotice() {
    const last = this.found.messages.findLast((one) => !one.mine && !one.deleted);
    this.notice.hidden = !last;
    if (!last) return;
    this.notice.dataset.message = last.id;
    show(this.notice,
      h("img", { src: "page/icon.svg", alt: "Notification from", width: "20", height: "20" }),
      h("b", {}, this.found.bot), h("time", {}, clock(new Date(last.at), this.zone)),
      h("span", {}, last.preview));
  }

  drawMenu() {
    const { words, commands } = this.found.offers;
    this.menu.hidden = !words.length && !commands.length;
    show(this.menu.lastElementChild,
      words.map((one) => h("li", {}, h("button", { type: "button", "data-key": one.title, "data-word": one.title },
        h("b", {}, one.title), h("small", {}, one.description)))),
      commands.filter((one) => one.context.includes("compose")).map((one) =>
        h("li", {}, h("button", { type: "button", "data-key": one.id, "data-command": one.id }, h("b", {}, one.title), h("small", {}, "In a dialog")))));
  }

  /** Beside the chat, as Teams has them. */
  drawTabs() {
    const all = [{ entity: CHAT, name: "Chat" }, ...(this.found?.offers.tabs ?? [])];
    this.tabs.setAttribute("aria-label", "Tabs");
    show(this.tabs, all.length > 1 && all.map((one) =>
      h("button", { type: "button", "data-key": one.entity, "data-entity": one.entity, "aria-pressed": String(one.entity === this.opened) }, one.name)));
  }

  choosesTab(entity, place = "") {
    const tab = this.found?.offers.tabs.find((one) => one.entity === entity);
    this.opened = tab ? entity : CHAT;
    this.talk.hidden = Boolean(tab);
    if (tab) this.tab.open(this.person, tab, this.settings.device, place);
    else this.tab.close();
    this.drawTabs();
  }

  /** A link of Teams' own to a place in a tab opens there; any other beside the desk. */
  leads(url) {
    const found = new URL(url, location.href);
    const [, entity] = found.pathname.match(/^\/l\/entity\/[^/]+\/([^/]+)$/) ?? [];
    if (found.hostname !== "teams.microsoft.com" || !entity) return window.open(url, "_blank", "noopener,noreferrer");
    const { subEntityId } = JSON.parse(found.searchParams.get("context") ?? "{}");
    this.choosesTab(entity, subEntityId ?? "");
  }

  drawTyping() {
    clearTimeout(this.hush);
    show(this.typing, this.found.typing && [h("i"), h("i"), h("i"), `${this.found.bot} is typing`]);
    if (this.found.typing) this.hush = setTimeout(() => show(this.typing), TYPES);
  }

  to(id) {
    const element = this.messages.get(id)?.element;
    if (!element) return;
    this.log.scrollTop = element.offsetTop - this.log.offsetTop;
    element.focus({ preventScroll: true });
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return !this.messages.size || scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.ended = true;
  }

  // What is done

  async say(words) {
    const said = words.trim();
    if (!said) return;
    this.box.value = "";
    await this.post("chat", { text: said });
  }

  choose(button) {
    if (!button) return;
    this.menu.open = false;
    const { command, word, message } = button.dataset;
    if (word) {
      this.box.value = word;
      this.box.focus();
    } else this.open({ command, message: message ?? null });
  }

  async press(message, kept, content, place, bubble, action, data) {
    const asks = action.getJsonTypeName() === "Action.Submit" && data.msteams?.type === "task/fetch";
    if (asks) return this.open({ data });
    const kind = action.getJsonTypeName() === "Action.Submit" ? "submit" : "execute";
    const had = bubble.contains(document.activeElement);
    const told = await this.busy(bubble, "clicks", { message: message.id, kind, id: action.id ?? null, verb: action.verb ?? "", data });
    if (told.card) this.answered(message, kept, place, told);
    else if (!this.older(told, kept)) this.tell(bubble, told.says ?? told.error, { wrong: Boolean(told.error) });
    if (had && document.activeElement === document.body) kept.element.focus({ preventScroll: true });
  }

  /** Whether the message has been edited since that answer, as far as is known here. */
  older(told, kept) {
    return kept.edition > told.edition;
  }

  /** The answer comes after all edits that the client may not have heard of yet. */
  answered(message, kept, place, told) {
    if (this.older(told, kept)) return;
    kept.answers.set(place, told.card);
    kept.edition = told.edition;
    this.known = Math.max(this.known, told.chat);
    const follows = this.atEnd();
    this.drawMessage(message, kept);
    if (follows) this.toEnd();
  }

  /** Cards that ask to be renewed when they are looked at are. */
  async refresh() {
    for (const message of this.found.messages) {
      const kept = this.messages.get(message.id);
      for (const [place, content] of (message.cards ?? []).entries()) {
        const { action, userIds } = content.refresh ?? {};
        const fresh = Date.now() - (kept.refreshed ?? -REFRESHES) < REFRESHES;
        if (!action || fresh || !(userIds ?? [this.found.me]).includes(this.found.me)) continue;
        kept.refreshed = Date.now();
        const told = await this.post("clicks", { message: message.id, kind: "refresh", id: action.id ?? null, verb: action.verb ?? "", data: action.data ?? null });
        if (told.card) this.answered(message, kept, place, told);
      }
    }
  }

  async busy(bubble, path, body) {
    bubble.setAttribute("aria-busy", "true");
    bubble.inert = true;
    bubble.querySelector(":scope > .told")?.remove();
    const told = await this.post(path, body);
    bubble.removeAttribute("aria-busy");
    bubble.inert = false;
    return told;
  }

  tell(bubble, words, { wrong = false } = {}) {
    if (!words) return;
    bubble.append(h("p", { class: "told", role: wrong ? "alert" : "status", "data-wrong": wrong }, words));
  }

  async post(path, body) {
    try {
      return await this.ask(`api/people/${this.who}/${path}`, body);
    } catch (problem) {
      return { error: problem.told ? problem.message : "The desk does not answer." };
    }
  }

  // Dialogs

  async open(asked) {
    this.opener = document.activeElement;
    const told = await this.post("dialogs", asked);
    if (told.dialog) this.drawDialog(told.dialog, asked);
    else this.ends(told);
  }

  drawDialog({ title, card }, asked) {
    const body = h("div", { class: "bubble card" });
    body.append(this.drawn(card, async (action, data) => {
      const told = await this.busy(body, "dialogs", { ...asked, data, sent: true });
      if (told.dialog) this.drawDialog(told.dialog, asked);
      else if (told.error) this.tell(body, told.error, { wrong: true });
      else this.ends(told);
    }));
    const close = h("button", { type: "button", class: "close", "aria-label": "Close" }, icon("close"));
    close.addEventListener("click", () => this.close());
    this.task.setAttribute("aria-label", title);
    this.task.replaceChildren(h("header", {}, h("h4", {}, title), close), body);
    this.task.hidden = false;
    this.behind.inert = true;
    this.task.focus();
  }

  ends(told) {
    this.close();
    const words = told.says ?? told.error;
    show(this.typing, words && h("span", { "data-wrong": Boolean(told.error) }, words));
    clearTimeout(this.hush);
    this.hush = setTimeout(() => show(this.typing), TYPES);
  }

  close() {
    const wasOpen = !this.task.hidden;
    this.task.hidden = true;
    this.behind.inert = false;
    if (!wasOpen) return;
    if (this.opener?.isConnected && this.opener.checkVisibility()) this.opener.focus();
    else this.box.focus();
  }
}
