import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import { makeFolder } from "../../streams/component/folder.js";
import { putFile } from "../../streams/component/whole-file.js";

/** What may stand in a topic and in a subject. */
const NAME = /^[A-Za-z0-9_-]{1,57}$/;
const HOST_CHARACTERS = 40;

/**
 * The name of this instance, made once and kept in STATE_DIR: what stands in the journal there was taken in under it. Throws
 * ConfigError where it cannot be kept.
 */
export function instanceName(folder: string): string {
  const path = join(folder, "instance");
  const found = read(path);
  if (found !== undefined) {
    if (NAME.test(found)) return found;
    throw new ConfigError(`${path} holds "${found}", which is no name: use up to 57 letters, digits, "_" and "-"`);
  }
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9-]/g, "-")
    .slice(0, HOST_CHARACTERS);
  const name = `${host}-${suffix()}`;
  makeFolder(folder);
  putFile(path, `${name}\n`);
  return name;
}

/** A name for one process of an instance: no other has it before or after. */
export function memberName(instance: string): string {
  return `${instance.slice(0, 64 - 7)}-${suffix()}`;
}

/**
 * Whether a member was an earlier process of the same instance. It is dead then: nobody opens STATE_DIR while another process
 * has it.
 */
export function isPredecessor(member: string, other: string): boolean {
  return other !== member && nameIn(other) === nameIn(member);
}

function nameIn(member: string): string {
  return member.slice(0, member.lastIndexOf("-"));
}

function suffix(): string {
  return randomBytes(3).toString("hex");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
