// Runs in a Playground's page before Microsoft's own script. It says which page is asking, because
// a page that has written something must not be told of it again, and in which zone the browser
// is, because times are shown in the person's own. A new message moves this page only, not the desk
// around it. When the conversation breaks off, the page
// waits until somebody is there again and starts afresh: by itself it would stay deaf.
"use strict";

// Pictures and letters come from Microsoft's servers otherwise; the browser has its own.
window.FabricConfig = { fontBaseUrl: "", iconBaseUrl: "/none" };

(() => {
  const page = crypto.randomUUID();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const onDesk = new URLSearchParams(location.search).has("desk");
  let leaving = false;
  addEventListener("pagehide", () => (leaving = true));

  async function comeBack() {
    while (!leaving) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const alive = await fetch("/alive").then((answer) => answer.ok).catch(() => false);
      if (alive) return location.reload();
    }
  }

  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(address, ...more) {
      const url = new URL(address, location.href);
      url.searchParams.set("page", page);
      url.searchParams.set("zone", zone);
      if (onDesk) url.searchParams.set("desk", "");
      super(url, ...more);
      if (url.pathname.startsWith("/_ws_conversation/")) this.addEventListener("close", comeBack);
    }
  };

  // Left alone, browsers scroll every page around a frame, too.
  Element.prototype.scrollIntoView = function () {
    for (let around = this.parentElement; around; around = around.parentElement) {
      if (!/auto|scroll/.test(getComputedStyle(around).overflowY)) continue;
      const { top, bottom } = around.getBoundingClientRect();
      const place = this.getBoundingClientRect();
      if (place.bottom > bottom - 12) around.scrollTop += place.bottom - bottom + 12;
      else if (place.top < top) around.scrollTop -= top - place.top;
    }
  };

  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (...given) {
    open.apply(this, given);
    this.setRequestHeader("X-Page", page);
  };
})();
