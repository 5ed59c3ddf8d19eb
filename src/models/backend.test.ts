import { describe, expect, it, jest } from "@jest/globals";
import { messageOf } from "../streams/component/errors.js";
import { silentLog } from "../streams/contract/context.js";
import { chooseBackend, currentBackend } from "./backend.js";

describe("chooseBackend", () => {
  it.each(["wasm", "cpu"] as const)("starts %s and says so", async (backend) => {
    const info = jest.fn();
    expect(await chooseBackend(backend, { ...silentLog, info })).toBe(backend);
    expect(currentBackend()).toBe(backend);
    expect(info).toHaveBeenCalledWith("models run on", { backend });
  });

  it("takes what is there when asked for auto", async () => {
    expect(["node", "wasm"]).toContain(await chooseBackend("auto", silentLog));
  });

  it("starts node, or says how to get it", async () => {
    const said = await chooseBackend("node", silentLog).catch((cause: unknown) => messageOf(cause));
    expect(said).toMatch(/^node$|^TFJS_BACKEND=node: .*npm install @tensorflow\/tfjs-node/);
  });
});
