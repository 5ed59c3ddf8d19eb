import { PassThrough } from "node:stream";
import { expect, it } from "@jest/globals";
import { Screen, type Terminal } from "./screen.js";

/** A terminal that remembers what it was told. */
function terminalOf(size: { columns?: number; rows?: number }): Terminal & { said(): string } {
  const stream = new PassThrough({ encoding: "utf8" });
  return Object.assign(stream, size, { said: () => String(stream.read() ?? "") });
}

it("keeps the picture below the lines of the log", () => {
  const terminal = terminalOf({ columns: 80, rows: 24 });
  const screen = new Screen(terminal);
  screen.show(["one", "two"]);
  expect(terminal.said()).toBe("\u001b[?7lone\ntwo\n\u001b[?7h");
  screen.write("said\n");
  expect(terminal.said()).toBe("\u001b[2A\u001b[Jsaid\n\u001b[?7lone\ntwo\n\u001b[?7h");
  screen.show(["three"]);
  expect(terminal.said()).toBe("\u001b[2A\u001b[J\u001b[?7lthree\n\u001b[?7h");
});

it("cuts a picture that is higher than the terminal, which could not be erased", () => {
  const terminal = terminalOf({ columns: 80, rows: 6 });
  new Screen(terminal).show(["1", "2", "3", "4", "5", "6", "7"]);
  expect(terminal.said().match(/\d\n/g)).toEqual(["1\n", "2\n", "3\n", "4\n", "5\n"]);
});

it("leaves the last picture where it is", () => {
  const terminal = terminalOf({ columns: 80, rows: 24 });
  const screen = new Screen(terminal);
  screen.show(["one"]);
  screen.release();
  terminal.said();
  screen.write("ended\n");
  expect(terminal.said()).toBe("ended\n");
});

it.each([
  [{}, { columns: 80, rows: 24 }],
  [
    { columns: 0, rows: 0 },
    { columns: 80, rows: 24 },
  ],
  [
    { columns: 160, rows: 50 },
    { columns: 160, rows: 50 },
  ],
  [
    { columns: 1, rows: 1 },
    { columns: 20, rows: 5 },
  ],
])("has for a terminal that says %j the room %j", (size, room) => {
  expect(new Screen(terminalOf(size)).room).toEqual(room);
});
