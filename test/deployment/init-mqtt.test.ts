import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { installed } from "../installed.js";
import { until } from "../program.js";

const SCRIPT = fileURLToPath(new URL("../../scripts/init_mqtt.sh", import.meta.url));
const ACL = fileURLToPath(new URL("../../config/acl", import.meta.url));
/** A user who owns nothing. */
const NOBODY = 65534;
const there = installed("mosquitto_passwd") !== undefined;
const suite = there ? describe : describe.skip;

/** What the script says goes to stderr, but for a password that is printed once. */
interface Ran {
  readonly code: number | null;
  readonly said: string;
  readonly printed: string;
}

suite(there ? "init_mqtt.sh" : "SKIPPED, NO mosquitto_passwd ON THIS MACHINE: init_mqtt.sh", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "init-mqtt-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (args: readonly string[] = [], { input = "", path = process.env.PATH } = {}): Ran => {
    const { status, stdout, stderr } = spawnSync(SCRIPT, ["--in", folder, ...args], {
      input,
      encoding: "utf8",
      env: { PATH: path },
    });
    return { code: status, said: stderr, printed: stdout };
  };
  const text = (name: string) => readFile(join(folder, name), "utf8");
  const env = async () => parseEnv(await text(".env"));
  const mode = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8);
  const everything = async () => {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return Object.fromEntries(
      await Promise.all(names.sort().map(async (name) => [name, await readFile(name, "utf8")] as const)),
    );
  };
  /** Does the broker let this name in with this password? */
  const opens = async (name: string, password: string) => {
    const line = (await text("config/pwfile")).split("\n").find((each) => each.startsWith(`${name}:`));
    const [, , rounds, salt, hash] = line!.split("$");
    return pbkdf2Sync(password, Buffer.from(salt!, "base64"), Number(rounds), 64, "sha512").toString("base64") === hash;
  };
  const accounts = async () => [...(await text("config/pwfile")).matchAll(/^([^:]*):/gm)].map(([, name]) => name);

  it("makes what is missing, for no other eyes, and says the same to .env and to the containers", async () => {
    expect(run().code).toBe(0);
    expect(await accounts()).toEqual(["mlops_user", "synthesizer", "telegraf", "operator"]);
    const variables = await env();
    for (const [variable, file] of [
      ["MQTT_PASSWORD", "mqtt_password"],
      ["INFLUXDB_ADMIN_PASSWORD", "influxdb_admin_password"],
      ["INFLUXDB_TOKEN", "influxdb_token"],
      ["GRAFANA_ADMIN_PASSWORD", "grafana_admin_password"],
    ] as const) {
      expect(variables[variable]).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(await text(`secrets/${file}`)).toBe(variables[variable]);
    }
    const files = await readdir(join(folder, "secrets"));
    const secrets = await Promise.all(files.map((file) => text(`secrets/${file}`)));
    expect(new Set(secrets).size).toBe(10);
    expect(await text("secrets/mosquitto_client")).toBe(
      `-u operator\n-P ${await text("secrets/mqtt_operator_password")}`,
    );
    const pwfile = await text("config/pwfile");
    for (const secret of secrets) expect(pwfile).not.toContain(secret);
    expect(await Promise.all([".env", "config/pwfile", "secrets", "config/acl"].map(mode))).toEqual([
      "600",
      "600",
      "700",
      "644",
    ]);
    expect(await Promise.all(files.map((file) => mode(`secrets/${file}`)))).toEqual(files.map(() => "644"));
    const { uid, gid } = await stat(join(folder, "config/pwfile"));
    expect([variables.STACK_UID, variables.STACK_GID]).toEqual([String(uid), String(gid)]);
    expect(uid).not.toBe(0);
    expect(await text("config/acl")).toBe(await readFile(ACL, "utf8"));
  });

  it("changes nothing when it runs again, and mends modes", async () => {
    run();
    run(["add", "printer_7"]);
    const before = await everything();
    await chmod(join(folder, "config/pwfile"), 0o644);
    expect(run()).toEqual({ code: 0, said: expect.not.stringContaining("made"), printed: "" });
    expect(await everything()).toEqual(before);
    expect(await mode("config/pwfile")).toBe("600");
  });

  it("takes what .env says, and hashes anew where that was changed", async () => {
    await writeFile(
      join(folder, ".env"),
      "MQTT_USERNAME=hall-1\r\nexport MQTT_PASSWORD='it is: \"mine\" #1'\r\nX=1 # no\n",
    );
    expect(run().code).toBe(0);
    expect(await text("secrets/mqtt_password")).toBe('it is: "mine" #1');
    expect(await opens("hall-1", 'it is: "mine" #1')).toBe(true);
    expect((await env()).X).toBe("1");
    expect(await accounts()).toEqual(["hall-1", "synthesizer", "telegraf", "operator"]);
    const lines = (await text("config/pwfile")).split("\n");
    await writeFile(join(folder, ".env"), (await text(".env")).replace("it is", "it was"));
    expect(run().code).toBe(0);
    const after = (await text("config/pwfile")).split("\n");
    expect(after.filter((line) => !lines.includes(line))).toEqual([expect.stringMatching(/^hall-1:\$7\$/)]);
    // .env is copied anew from the example: the passwords that servers were made with stay.
    const password = await text("secrets/influxdb_admin_password");
    await writeFile(join(folder, ".env"), "MQTT_USERNAME=hall-1\nMQTT_PASSWORD=\nINFLUXDB_ADMIN_PASSWORD=");
    expect(run().code).toBe(0);
    expect(await env()).toMatchObject({ MQTT_PASSWORD: 'it was: "mine" #1', INFLUXDB_ADMIN_PASSWORD: password });
  });

  it("takes a password out of the file that .env names, and does not write it into .env", async () => {
    await writeFile(join(folder, "mine"), "from a file\n");
    await writeFile(join(folder, ".env"), "MQTT_PASSWORD_FILE=mine\n");
    expect(run().code).toBe(0);
    expect(await text("secrets/mqtt_password")).toBe("from a file");
    expect((await env()).MQTT_PASSWORD).toBeUndefined();
    await rm(join(folder, "mine"));
    expect(run()).toMatchObject({ code: 1, said: expect.stringMatching(/MQTT_PASSWORD_FILE in .*cannot read mine/) });
  });

  it("puts the name of the processor into its part of the ACL, back and forth, and nowhere else", async () => {
    await writeFile(join(folder, ".env"), "MQTT_USERNAME=my.processor-2\n");
    expect(run().code).toBe(0);
    const shipped = await readFile(ACL, "utf8");
    const named = await text("config/acl");
    expect(named).toBe(shipped.replaceAll("mlops_user", "my.processor-2"));
    await writeFile(join(folder, "config/acl"), `${named}\nuser mine\ntopic read a/my.processor-2/b\n`);
    await writeFile(join(folder, ".env"), "MQTT_USERNAME=mlops_user\n");
    expect(run().code).toBe(0);
    expect(await text("config/acl")).toBe(`${shipped}\nuser mine\ntopic read a/my.processor-2/b\n`);
  });

  it("adds, changes and removes the account of a printer", async () => {
    const added = run(["add", "printer_7"]);
    expect(added).toMatchObject({ code: 0, said: expect.stringContaining("kill -s HUP mqtt") });
    expect(added.printed).toMatch(/^[A-Za-z0-9]{32}\n$/);
    expect(await accounts()).toContain("printer_7");
    const hash = async () => /^printer_7:.*$/m.exec(await text("config/pwfile"))?.[0];
    const first = await hash();
    expect(run(["add", "printer_7"])).toMatchObject({
      code: 1,
      printed: "",
      said: expect.stringMatching(/--password/),
    });
    expect(await hash()).toBe(first);
    expect(run(["add", "printer_7", "--password"], { input: "given: by hand" })).toMatchObject({
      code: 0,
      printed: "",
    });
    expect(await hash()).not.toBe(first);
    expect(run(["add", "printer_7", "--password"])).toMatchObject({
      code: 1,
      said: expect.stringMatching(/no password/),
    });
    expect(run(["list"]).printed.trim().split("\n")).toEqual(await accounts());
    expect(run(["remove", "printer_7"]).code).toBe(0);
    expect(await accounts()).not.toContain("printer_7");
    expect(run(["remove", "printer_7"])).toMatchObject({ code: 1, said: expect.stringMatching(/no account/) });
  });

  it("hashes the whole of a password, whatever is in it", async () => {
    for (const password of [
      "a:b:c",
      ":",
      " led by a blank",
      "blank at the end ",
      "$7$101$abc$def",
      "ü\\n%s`id`",
      "'\"",
    ]) {
      expect(run(["add", "printer_7", "--password"], { input: `${password}\r\n` }).code).toBe(0);
      expect([password, await opens("printer_7", password)]).toEqual([password, true]);
    }
    expect(await readdir(join(folder, "secrets"))).not.toContain(".line");
  });

  it.each([
    ["share", "stop"],
    ["share", "--stopp"],
    ["share", "--stop", "now"],
    ["add", "printer_1", "printer_2"],
    ["add", "printer_1", "--password", "typed"],
    ["remove", "printer_1", "printer_2"],
  ])("does nothing where it does not know what %s %s means", async (...args) => {
    run(["add", "printer_1"]);
    const before = await everything();
    expect(run(args)).toMatchObject({ code: 1, printed: "", said: expect.stringMatching(/: write /) });
    expect(await everything()).toEqual(before);
  });

  it("says who may change what it cannot, and leaves no half of a file", async () => {
    run();
    // Where nobody else comes to the repository, either.
    const copy = join(folder, "init_mqtt.sh");
    await copyFile(SCRIPT, copy);
    await chmod(folder, 0o755);
    await chmod(join(folder, "config/pwfile"), 0o400);
    const before = await everything();
    // Root may write everywhere.
    const someone = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const refused = spawnSync(copy, ["--in", folder, "add", "printer_1"], { ...someone, encoding: "utf8" });
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/cannot change \/.*: .*chown/) });
    expect(await everything()).toEqual(before);
  });

  it.each(["", "a/b", "+", "#", "a:b", "a b", "ä", "-x", "a\nb", "x".repeat(65), "operator", "telegraf", "mlops_user"])(
    "refuses the printer %j",
    async (id) => {
      const refused = run(["add", id]);
      expect(refused).toMatchObject({ code: 1, printed: "", said: expect.stringMatching(/write|choose/i) });
    },
  );

  it.each(["a:b", "operator", "telegraf", "a/b"])("refuses MQTT_USERNAME=%s", async (name) => {
    await writeFile(join(folder, ".env"), `MQTT_USERNAME=${name}\n`);
    expect(run()).toMatchObject({ code: 1, said: expect.stringMatching(/MQTT_USERNAME in .*(write|choose)/) });
  });

  const script = installed("script");
  (script === undefined ? it.skip : it)("shows what is typed again where Ctrl-C ends the question", async () => {
    run();
    // A terminal of its own, in which a shell outlives the question.
    const asks = `trap : INT; ${SCRIPT} --in ${folder} add printer_7 --password; stty -a`;
    const terminal = spawn(script!, ["-qec", asks, "/dev/null"]);
    let seen = "";
    terminal.stdout.on("data", (more) => (seen += String(more)));
    const ended = once(terminal, "close");
    await until(() => seen.includes("Password for printer_7: "));
    terminal.stdin.write("\x03");
    await ended;
    expect(seen).toMatch(/ echo /);
  });

  it("says what to install where nothing can hash a password, and leaves no half of a file", async () => {
    const tools = [
      "awk",
      "cat",
      "chmod",
      "chown",
      "cmp",
      "cp",
      "cut",
      "dirname",
      "expr",
      "grep",
      "head",
      "id",
      "mkdir",
    ];
    const path = join(folder, "bin");
    spawnSync("mkdir", [path]);
    for (const tool of [...tools, "mv", "rm", "sed", "tail", "tr", "sh"])
      spawnSync("sh", ["-c", `ln -s "$(command -v ${tool})" "${path}/${tool}"`]);
    expect(run([], { path })).toMatchObject({ code: 1, said: expect.stringMatching(/apt-get install mosquitto/) });
    expect(await readdir(join(folder, "config"))).toEqual([]);
    // The same words as where it is there.
    expect(run().code).toBe(0);
    expect(await accounts()).toHaveLength(4);
  });

  it("tells its commands, with 2 where it was asked for none of them", () => {
    expect(run(["--help"])).toMatchObject({ code: 0, said: expect.stringMatching(/add printer_7/) });
    expect(run(["ad", "printer_7"])).toMatchObject({ code: 2, said: expect.stringMatching(/add printer_7/) });
  });
});
