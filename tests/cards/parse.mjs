// Reads cards as Microsoft's renderer reads them, and says what it finds wrong with each.
// In: {"name": card, …} on standard input. Out: {"name": ["problem", …], …}.
import { createRequire } from "node:module";
const AC = createRequire(process.cwd() + "/")("./node_modules/adaptivecards/dist/adaptivecards.min.js");

let text = "";
for await (const part of process.stdin) text += part;
const found = {};
for (const [name, json] of Object.entries(JSON.parse(text))) {
  const context = new AC.SerializationContext(AC.Versions.v1_5);
  const card = new AC.AdaptiveCard();
  card.hostConfig = new AC.HostConfig({ actions: { maxActions: 6 } }); // as Teams has it
  card.parse(json, context);
  const problems = [];
  for (let i = 0; i < context.eventCount; i++) problems.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) problems.push(event.message);
  found[name] = problems;
}
process.stdout.write(JSON.stringify(found));
