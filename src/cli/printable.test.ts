import { expect, it } from "@jest/globals";
import { oneLine, printable } from "./printable.js";

it("shows every control character instead of sending it", () => {
  expect(printable("a\tb\u001b[2J\u007f\u009b1m\u00e9\n")).toBe("a\\tb\\u001b[2J\\u007f\\u009b1mé\n");
  expect(oneLine("a\nb")).toBe("a b");
});
