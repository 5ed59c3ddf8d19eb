import { accessSync, constants, statfsSync } from "node:fs";
import { makeFolder } from "../streams/component/folder.js";
import { openInflux } from "../connections/influxdb/open.js";
import type { LogFields } from "../streams/component/context.js";
import { ConfigError, DisconnectedError, messageOf } from "../streams/component/errors.js";
import { systemClock } from "../streams/time/clock.js";
import { openModels } from "../models/open.js";
import { formatProblem } from "../streams/topology/problem.js";
import { compileAll, readPipelines } from "./pipelines.js";
import { connectNats } from "./nats.js";
import { modelFolder, networkBroker, pipelineFiles } from "./resources.js";
import type { ExitCode, Session } from "./session.js";

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** How it is; where it is wrong, how to mend it. */
  readonly finding: string;
}

const SERVER_WAIT = 5_000;
const LOW_DISK = 1e9;

/** Tries everything that a run depends on. Nothing is changed but an empty STATE_DIR made. */
export async function doctor(session: Session, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const checks: readonly (readonly [string, (session: Session) => Promise<string> | string])[] = [
    ["pipelines", pipelines],
    ["broker", broker],
    ["nats", nats],
    ["database", database],
    ["models", models],
    ["disk", disk],
  ];
  const findings: Finding[] = [];
  for (const [what, check] of checks) {
    try {
      findings.push({ what, ok: true, finding: await check(session) });
    } catch (cause) {
      if (!(cause instanceof ConfigError || cause instanceof DisconnectedError)) throw cause;
      findings.push({ what, ok: false, finding: cause.message });
    }
  }
  if (json) session.out.json(findings);
  else
    for (const { what, ok, finding } of findings)
      session.out.line(`${ok ? "✓" : "✗"} ${what.padEnd(10)} ${finding.replaceAll("\n", "\n             ")}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

async function pipelines({ settings, registry }: Session): Promise<string> {
  const files = await readPipelines(pipelineFiles(settings));
  const problems = compileAll(files, registry, settings.variables()).flatMap((compilation) => compilation.problems);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ConfigError(errors.map(formatProblem).join("\n"));
  return files.map(({ path }) => path).join(", ");
}

async function broker({ settings, log }: Session): Promise<string> {
  if (settings.MQTT_URL === "") return "embedded; set MQTT_URL to use a broker of yours";
  const connected = await networkBroker({ settings, log });
  try {
    await connected.ready(SERVER_WAIT);
    return `${connected.address} lets us in`;
  } catch (cause) {
    if (!(cause instanceof DisconnectedError)) throw cause;
    throw new DisconnectedError(`${cause.message}; see that the broker runs and MQTT_URL names it`, { cause });
  } finally {
    await connected.close();
  }
}

async function nats({ settings, log }: Session): Promise<string> {
  if (settings.NATS_URL === "") return "none; this instance works alone. Set NATS_URL to share the work among several";
  let away = "no answer";
  const listening = {
    ...log,
    warn: (_: string, { reason }: LogFields = {}) => void (away = String(reason)),
    info() {},
  };
  const late = new AbortController();
  const cancel = systemClock.after(SERVER_WAIT, () => late.abort());
  try {
    const opened = await connectNats({ settings, log: listening, name: "layerstream doctor" }, late.signal);
    try {
      const { streams, storage } = await opened.streams.getAccountInfo();
      const holds = `JetStream holds ${streams} streams, ${(storage / 1e6).toFixed(0)} MB`;
      return `${opened.address} lets us in, nats-server ${opened.version()}, ${holds}`;
    } finally {
      await opened.close();
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const reason = late.signal.aborted ? away : messageOf(cause);
    throw new DisconnectedError(`the nats-server is away: ${reason}; see that it runs and NATS_URL names it`, {
      cause,
    });
  } finally {
    cancel();
  }
}

async function database({ settings, log }: Session): Promise<string> {
  const { INFLUXDB_URL: url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket } = settings;
  if (url === "") return "none; the embedded history serves. Set INFLUXDB_URL to use InfluxDB";
  let away: string | undefined;
  const listening = { ...log, warn: (_: string, fields: LogFields = {}) => void (away = String(fields.reason)) };
  const opened = await openInflux({ url, token, org, bucket, log: listening, clock: systemClock });
  opened.close();
  if (away !== undefined) throw new DisconnectedError(`${away}; see that the server runs and INFLUXDB_URL names it`);
  return `${url} takes rows for bucket ${bucket}`;
}

async function models({ settings, registry, log }: Session): Promise<string> {
  const files = await readPipelines(pipelineFiles(settings));
  const names = compileAll(files, registry, settings.variables())
    .flatMap(({ topology }) => topology?.nodes ?? [])
    .flatMap(({ definition, options }) => (definition.type === "infer" ? (options as { model: string }).model : []));
  const opened = await openModels({ folder: modelFolder(), backend: settings.TFJS_BACKEND, log });
  const said: string[] = [];
  for (const name of new Set(names)) said.push(`${name} ${(await opened.load(name)).id.version}`);
  return `${said.join(", ")} on ${opened.backend}`;
}

function disk({ settings }: Session): string {
  const folder = settings.STATE_DIR;
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new ConfigError(`STATE_DIR "${folder}" cannot be written to: ${messageOf(cause)}`, { cause });
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < LOW_DISK)
    throw new ConfigError(`STATE_DIR "${folder}": only ${(free / 1e6).toFixed(0)} MB free; make room`);
  return `${folder} is writable, ${(free / 1e9).toFixed(0)} GB free`;
}
