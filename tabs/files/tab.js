// The tab: asks the Teams around it for theme and place, and for a token of who looks whenever a
// part of a page is asked for. Nothing is kept: no cookie, no storage.
// https://learn.microsoft.com/javascript/api/@microsoft/teams-js/

(() => {
  "use strict";
  const teams = window.microsoftTeams;
  const root = document.documentElement;
  const PATIENCE = 10_000; // milliseconds until whoever frames it is no Teams
  const TURNS = 3; // how often what was too much at once is asked for again
  const PLACE = /^[A-Za-z0-9_.~-]+(\/[A-Za-z0-9_.~-]+)*$/; // of a page, as a link brings it
  const page = () => document.getElementById("page");

  const waits = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  /** As window.fetch, with a token of who looks. */
  async function fetched(address, request) {
    for (let turn = 1; ; turn += 1) {
      const token = await teams.authentication.getAuthToken();
      const headers = { ...request.headers, Authorization: `Bearer ${token}` };
      const answer = await fetch(address, { ...request, headers });
      if (answer.status !== 429 || turn === TURNS) return answer;
      await waits(1000 * Number(answer.headers.get("Retry-After") ?? 1));
    }
  }

  /** Instead of the page: why it is not there. */
  function says(...lines) {
    const made = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
    page().replaceChildren(made("h1", "Baton"), ...lines.map((line) => made("p", line)));
    document.getElementById("said").textContent = lines.join(" ");
  }

  // What is folded on the screen is on paper too, for nobody can open it there, but for what would
  // make pages of it: that is as whoever prints has it.
  window.addEventListener("beforeprint", () => {
    for (const folded of page().querySelectorAll("details:not(.long)")) folded.open = true;
  });

  function looks(theme) {
    root.dataset.theme = ["dark", "contrast"].includes(theme) ? theme : "default";
  }

  const at = (place) => `/tab/${place && PLACE.test(place) ? place : page().dataset.first}`;

  async function opens(path) {
    await window.htmx.ajax("GET", path, { target: "#page", swap: "outerHTML" });
  }

  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.fetch = fetched;
  });

  document.addEventListener("htmx:before:history:restore", (event) => {
    event.preventDefault(); // it would look for a whole document there
    opens(event.detail.path);
  });

  document.addEventListener("htmx:error", (event) => {
    const why = event.detail.error;
    says("This page could not be read.", `What Teams or the network says: ${why?.message ?? why}`,
      "Please try again. If it stays so, whoever looks after Baton finds out why with: app.py doctor");
  });

  document.addEventListener("htmx:after:swap", () => {
    const { page: code, title } = page().dataset;
    for (const one of document.querySelectorAll("nav [data-page]"))
      one.toggleAttribute("aria-current", one.dataset.page === code);
    for (const one of document.querySelectorAll("nav [aria-current]")) {
      one.setAttribute("aria-current", "page");
      one.scrollIntoView({ block: "nearest", inline: "nearest" }); // where the line of places is longer
    }
    document.title = title ? `${title} · Baton` : "Baton";
    document.getElementById("said").textContent = title ?? "";
    const form = document.getElementById("choose");
    if (form) configures(form);
    page().focus({ preventScroll: true });
    scrollTo(0, 0);
  });

  /** Teams keeps what is chosen here as a tab of its channel. */
  function configures(form) {
    const { config } = teams.pages;
    const chosen = () => form.querySelector("input:checked");
    config.registerOnSaveHandler(async (event) => {
      const { value, dataset } = chosen();
      const path = `${location.origin}/tab/${value}`;
      await config.setConfig({
        entityId: value,
        suggestedDisplayName: dataset.name,
        contentUrl: `${path}?theme={app.theme}`,
        websiteUrl: path,
      });
      event.notifySuccess();
    });
    form.addEventListener("change", () => config.setValidityState(Boolean(chosen())));
  }

  /** A file comes by an address of its own, which a browser outside opens without a token. */
  document.addEventListener("click", async (event) => {
    const taken = event.target.closest("a[data-take]");
    if (!taken) return;
    event.preventDefault();
    const said = document.getElementById("said");
    try {
      const answer = await fetched(taken.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const address = await answer.text();
      // Microsoft's pages tell of this for deep links; that it opens other addresses, on none.
      await teams.app.openLink(address).catch(() => window.open(address, "_blank", "noopener"));
      said.textContent = "The file opens in your browser.";
    } catch (error) {
      said.textContent = `The file could not be made: ${error?.message ?? error}`;
    }
  });

  document.addEventListener("click", async (event) => {
    const away = event.target.closest("a[data-teams]"); // a place in Teams itself
    if (!away) return;
    event.preventDefault();
    await teams.app.openLink(away.href);
  });

  async function begins() {
    const { host } = document.body.dataset;
    const framed = teams.app.initialize(host ? [host] : undefined);
    await Promise.race([framed, waits(PATIENCE).then(() => Promise.reject(new Error("nobody answers")))]);
    const context = await teams.app.getContext();
    looks(context.app.theme);
    teams.app.registerOnThemeChangeHandler(looks);
    const own = location.pathname.replace(/^\/tab\/?/, "");
    await opens(at(context.page.subPageId || own));
    teams.app.notifySuccess();
  }

  begins().catch(() => {
    says(page().dataset.outside);
    const { leads } = document.body.dataset;
    if (leads) page().append(Object.assign(document.createElement("a"), { href: leads, textContent: "Open it in Teams" }));
  });
})();
