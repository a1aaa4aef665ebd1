// Cards, drawn by Microsoft's renderer (npm: adaptivecards) with sizes of its host configuration
// for Teams (samples/HostConfig/microsoft-teams-light.json in microsoft/AdaptiveCards); colours are
// the page's own, in cards.css. What phones do otherwise is in docs/cards.md.

const { AdaptiveCard, ChoiceSetInput, HostConfig } = window.AdaptiveCards ?? {};

// What cards read of markdown: learn.microsoft.com/adaptive-cards/authoring-cards/text-features
const markdown = window.markdownit?.("zero", { breaks: true }).enable(["emphasis", "escape", "link", "list", "newline"]);

if (AdaptiveCard)
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdown.render(text);
    result.didProcess = true;
  };

/** The words, as a bot's message shows them. */
export function read(text) {
  const made = document.createElement("div");
  made.innerHTML = markdown.render(text); // it passes no HTML on, and links to web pages alone
  for (const link of made.querySelectorAll("a")) outwards(link);
  return made;
}

function outwards(link) {
  link.target = "_blank";
  link.rel = "noopener noreferrer";
}

const colour = (name) => ({ default: `var(--card-${name})`, subtle: `var(--card-${name}-subtle)` });
const COLOURS = Object.fromEntries(
  ["default", "dark", "light", "accent", "good", "warning", "attention"].map((name) => [name, colour(name)]));
const styled = (name) => ({ backgroundColor: `var(--card-on-${name})`, foregroundColors: COLOURS });

function host(scale) {
  const sizes = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };
  const scaled = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size * scale]));
  const font = (fontFamily) => ({ fontFamily, fontSizes: scaled, fontWeights: { lighter: 200, default: 400, bolder: 600 } });
  return new HostConfig({
    choiceSetInputValueSeparator: ",",
    supportsInteractivity: true,
    textBlock: { headingLevel: 3 },
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
    separator: { lineThickness: 1, lineColor: "var(--line)" },
    imageSizes: { small: 32, medium: 52, large: 100 },
    fontTypes: { default: font("inherit"), monospace: font("ui-monospace, Consolas, monospace") },
    containerStyles: Object.fromEntries(
      ["default", "emphasis", "accent", "good", "attention", "warning"].map((name) => [name, styled(name)])),
    inputs: {
      label: { inputSpacing: "Small", requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" }, optionalInputs: { weight: "bolder" } },
      errorMessage: { spacing: "Small", weight: "default" },
    },
    actions: {
      maxActions: 6, spacing: "Default", buttonSpacing: 8, actionsOrientation: "Horizontal", actionAlignment: "Left",
      showCard: { actionMode: "Inline", inlineTopMargin: 12, style: "emphasis" },
    },
    factSet: { title: { weight: "Bolder", wrap: true }, value: { wrap: true }, spacing: 16 },
  });
}

/**
 * The card as it is to be seen; `does` is called with a button's action, and with its data, `leads`
 * with the address of one that opens something.
 */
export function draw(content, { scale, phone }, does, leads) {
  const card = new AdaptiveCard();
  card.hostConfig = host(scale);
  card.onExecuteAction = (action) => {
    const kind = action.getJsonTypeName();
    if (kind === "Action.ToggleVisibility") return; // the renderer has done it, and tells of it too
    if (kind === "Action.OpenUrl") leads(action.url);
    else does(action, sent(card, action, phone));
  };
  card.parse(content);
  const drawn = card.render();
  for (const input of card.getAllInputs()) named(input);
  for (const link of drawn.querySelectorAll("a")) outwards(link);
  return drawn;
}

/**
 * Of what was chosen before in a list that is searched, the renderer shows the value; it knows what
 * is typed by the whole title alone, where in Teams a part of it finds what is meant; and it gives
 * the name of the list to the box around what is typed in.
 */
function named(input) {
  if (!(input instanceof ChoiceSetInput) || input.style !== "filtered" || input.isMultiSelect) return;
  const chosen = input.choices.find((one) => one.value === input.defaultValue);
  const shown = input.renderedInputControlElement?.querySelector("input");
  if (!shown) return;
  const names = input.updateInputControlAriaLabelledBy.bind(input);
  input.updateInputControlAriaLabelledBy = () => {
    names();
    shown.setAttribute("aria-labelledby", input.getAllLabelIds().join(" "));
  };
  input.updateInputControlAriaLabelledBy();
  if (chosen) shown.value = chosen.title;
  shown.addEventListener("change", () => {
    const found = meant(shown.value, input.choices.map((one) => one.title));
    if (!found || found === shown.value) return;
    shown.value = found;
    shown.dispatchEvent(new Event("input"));
  });
}

/** The one title that begins with what was typed, or else has it in it; none where several do. */
function meant(typed, titles) {
  const part = typed.trim().toLowerCase();
  if (!part) return undefined;
  for (const fits of ["startsWith", "includes"]) {
    const found = titles.filter((one) => one.toLowerCase()[fits](part));
    if (found.length) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

/** An iPhone looks the chosen title up in its list: of two that are equal it sends the last. */
function sent(card, action, phone) {
  const data = structuredClone(action.data ?? {});
  if (!phone) return data;
  for (const input of card.getAllInputs()) {
    if (!(input instanceof ChoiceSetInput) || input.isMultiSelect || input.style !== "compact") continue;
    const chosen = input.choices.find((one) => one.value === data[input.id]);
    if (chosen) data[input.id] = input.choices.findLast((one) => one.title === chosen.title).value;
  }
  return data;
}
