import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../../scripts/stack/find.js";
import { startStack, type Stack } from "../../scripts/stack/start.js";
import { installed } from "../installed.js";
import { Outsider } from "../outsider.js";
import { until } from "../program.js";

const HOME = fileURLToPath(new URL("../../", import.meta.url));
const broker = ["mosquitto", "mosquitto_passwd"].every((program) => installed(program) !== undefined);
// Where the stack looks, which is not all that tests know.
const influxd = findProgram("influxd", process.env.PATH ?? "");
const there = broker && (influxd ?? installed("victoria-metrics")) !== undefined;
const suite = there ? describe : describe.skip;
const title = there
  ? "the stack without containers"
  : "SKIPPED, NO mosquitto OR NO DATABASE HERE: the stack without containers";

// Each starts five servers and programs.
jest.setTimeout(180_000);

suite(title, () => {
  let folder: string;
  let said: string[];
  let stack: Stack | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stack-"));
    said = [];
  });
  afterEach(async () => {
    await stack?.end();
    stack = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (env: Record<string, string> = {}): Promise<Stack> =>
    (stack = await startStack({
      home: HOME,
      folder,
      env: {
        PATH: process.env.PATH,
        SYNTHESIZER_RATE_HZ: "20",
        SYNTHESIZER_PRINTERS: "2",
        COLLECT_EVERY: "1s",
        ...env,
      },
      say: (from, line) => said.push(`${from}: ${line}`),
    }));

  const of = (from: string) => said.filter((line) => line.startsWith(`${from}: `));
  const running = (pid: number | undefined): boolean => {
    try {
      return process.kill(pid!, 0);
    } catch {
      return false;
    }
  };

  /** How many rows the database has. */
  async function rows(url: string, measurement = "printer_sensor", field = "nozzle_temp"): Promise<number> {
    if (influxd === undefined) {
      const query = encodeURIComponent(`count(${measurement}_${field})`);
      const { data } = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as {
        data: { result: { value: [number, string] }[] };
      };
      return Number(data.result[0]?.value[1] ?? 0);
    }
    const token = await readFile(join(folder, "secrets", "influxdb_token"), "utf8");
    const chosen = `r._measurement == "${measurement}" and r._field == "${field}"`;
    const answer = await fetch(`${url}/api/v2/query?org=layerstream`, {
      method: "POST",
      headers: { authorization: `Token ${token}`, "content-type": "application/vnd.flux" },
      body: `from(bucket: "printing_metrics") |> range(start: -1h) |> filter(fn: (r) => ${chosen})`,
    });
    expect(answer.status).toBe(200);
    return (await answer.text()).split("\n").filter((line) => line.startsWith(",_result,")).length;
  }

  it("comes back from a folder that cannot be made", async () => {
    const nowhere = { home: HOME, folder: "/proc/nope/stack", env: {}, say: () => undefined };
    await expect(startStack(nowhere)).rejects.toThrow(/ENOENT/);
  });

  it("stores what simulated printers send, answers to accounts alone, and is gone when it ends", async () => {
    const { addresses, children } = await start();
    await until(async () => (await rows(addresses.influxdb!)) > 0);
    await expect(Outsider.join(addresses.mqtt!, [], { reconnectPeriod: 0 })).rejects.toMatchObject({ code: 5 });
    const names = children.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["mqtt", "influxdb", "processor", "synthesizer"]));
    for (const program of ["telegraf", "grafana-server"])
      if (findProgram(program, process.env.PATH ?? "") === undefined)
        expect(of("stack").join("\n")).toContain(`SKIPPED, ${program.toUpperCase()} IS NOT ON THE PATH`);
      else expect(names).toContain(program.replace("-server", ""));
    if (names.includes("telegraf"))
      for (const [measurement, field] of [
        ["mosquitto", "clients_connected"],
        ["layerstream", "layerstream_records_in_total"],
        ["mem", "used"],
      ] as const)
        await until(async () => (await rows(addresses.influxdb!, measurement, field)) > 0);
    const pids = children.map(({ pid }) => pid);
    await stack!.end();
    expect(pids.filter(running)).toEqual([]);
    expect(said.filter((line) => line.includes("HAS ENDED"))).toEqual([]);
    const warnings = [...of("processor"), ...of("synthesizer")].filter((line) => /warn|error/i.test(line));
    expect(warnings).toEqual([]);
  });

  it("leaves the files of one that runs alone", async () => {
    await start();
    const configuration = () => readFile(join(folder, "config", "mosquitto.conf"), "utf8");
    const before = await configuration();
    const second = startStack({ home: HOME, folder, env: { PATH: process.env.PATH }, say: () => undefined });
    await expect(second).rejects.toThrow(`${folder} is open in this very process already`);
    expect(await configuration()).toBe(before);
  });

  it("takes another port where somebody else has the usual one", async () => {
    const usual = createServer();
    await new Promise<void>((resolve) => usual.once("error", () => resolve()).listen(1883, "127.0.0.1", resolve));
    try {
      const { addresses } = await start();
      expect(addresses.mqtt).not.toBe("mqtt://127.0.0.1:1883");
    } finally {
      usual.close();
    }
  });

  it("goes on with the passwords and the data of the time before", async () => {
    await start();
    await until(async () => (await rows(stack!.addresses.influxdb!)) > 0);
    await stack!.end();
    const secret = await readFile(join(folder, "secrets", "mqtt_password"), "utf8");
    const again = await start();
    expect(await readFile(join(folder, "secrets", "mqtt_password"), "utf8")).toBe(secret);
    expect(await rows(again.addresses.influxdb!)).toBeGreaterThan(0);
  });

  it("says who has died, and ends the others all the same", async () => {
    const { children } = await start();
    const victim = children.find(({ name }) => name === "synthesizer")!;
    process.kill(victim.pid!, "SIGKILL");
    await until(() => of("stack").includes("stack: SYNTHESIZER HAS ENDED: SIGKILL"));
    await stack!.end();
    expect(children.map(({ pid }) => pid).filter(running)).toEqual([]);
    expect(children.filter(({ died }) => died).map(({ name }) => name)).toEqual(["synthesizer"]);
  });

  it("ends what it began where one does not start, with its last words", async () => {
    await expect(start({ TFJS_BACKEND: "abacus" })).rejects.toThrow(
      /processor did not start: exit code 2\n.*TFJS_BACKEND/s,
    );
    expect(of("stack").join("\n")).toContain("starting processor");
  });
});
