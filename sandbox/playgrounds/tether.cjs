// Loaded into a Playground's process before its own code. The process can be reached from this
// machine only, reaches nothing but this machine, and ends with whoever started it, however that
// one ends: its standard input is a pipe that breaks.
"use strict";

const net = require("node:net");

const HERE = ["localhost", "127.0.0.1", "::1"];

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (where, ...rest) {
  return listen.call(
    this,
    typeof where === "number" ? { port: where, host: "127.0.0.1" } : where,
    ...rest,
  );
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const [where, host] = Array.isArray(given[0]) ? given[0] : given;
  const to = typeof where === "object" ? where.host : host;
  if (typeof to === "string" && !HERE.includes(to)) {
    process.nextTick(() => this.destroy(new Error(`${to} is not on this machine`)));
    return this;
  }
  return connect.apply(this, given);
};

process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();
