import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { openNats } from "../../src/connections/nats/open.js";
import { freePort } from "../free-port.js";
import { natsProgram, natsSettings, natsSuite, natsTitle } from "../nats-server.js";
import { ServerProcess } from "../server-process.js";
import { readCompose } from "./compose-file.js";

/** Servers before 2.10 do not know it and refuse to start. */
const SYNC = "sync_interval: always";

natsSuite(natsTitle("the nats-server of the stack"), () => {
  let folder: string;
  const server = new ServerProcess();
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "nats-single-"))));
  afterEach(async () => {
    await server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it.each([
    "geheim",
    // Bare, the first two were no texts for the server, and of the third it took the a.
    "12345678",
    "it's two words",
    "a#b",
    'a"b\\c',
  ])("starts as the compose file says, and lets in whoever knows the password %j", async (password) => {
    const port = await freePort();
    const version = spawnSync(natsProgram!, ["--version"], { encoding: "utf8" }).stdout;
    const old = /v2\.[0-9]\./.test(version);
    const text = readFileSync("config/nats/single.conf", "utf8");
    expect(text).toContain(SYNC);
    writeFileSync(
      join(folder, "single.conf"),
      text
        .replace("port: 4222", `listen: "127.0.0.1:${port}"`)
        .replace("127.0.0.1:8222", `127.0.0.1:${await freePort()}`)
        .replace("store_dir: /data", `store_dir: ${join(folder, "data")}`)
        .replace(SYNC, old ? "" : SYNC),
    );
    writeFileSync(join(folder, "nats_password"), password);
    const { entrypoint } = readCompose("docker/compose.yaml").services["nats"]!;
    const [shell, ...args] = entrypoint!.map((word) =>
      word.replaceAll("$$", "$").replace("/run/secrets/", `${folder}/`).replace("/etc/nats/", `${folder}/`),
    );
    const env = { NATS_USERNAME: "layerstream", PATH: [dirname(natsProgram!), process.env.PATH].join(delimiter) };
    server.is(spawn(shell!, args, { stdio: "ignore", env }));

    const login = { ...natsSettings(`nats://127.0.0.1:${port}`), username: "layerstream" };
    const nats = await openNats({ ...login, password }, AbortSignal.timeout(20_000));
    await nats.close();
    await expect(openNats({ ...login, password: "other" }, AbortSignal.timeout(20_000))).rejects.toThrow(
      /log ?in|authori/i,
    );
  });
});
