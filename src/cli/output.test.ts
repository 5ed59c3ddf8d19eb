import { expect, it } from "@jest/globals";
import { table } from "./output.js";

it("lines columns up under their heading", () => {
  expect(
    table([
      ["type", "role"],
      ["csv", "source"],
      ["tumbling-window", "operator"],
    ]),
  ).toEqual(["type             role", "csv              source", "tumbling-window  operator"]);
});
