import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../streams/component/folder.js";
import type { StoredLetter } from "./letter.js";

/** A file a letter that is to be retried. A run takes them in the order of their names. */
const FOLDER = "retries";
const NAME = /^[0-9a-z]+-\d{6}-(.+)\.json$/;
/** Digits of the time in base 36, enough until the year 5138. */
const TIME_DIGITS = 9;

export interface RetryRequest {
  /** Of the file. */
  readonly name: string;
  readonly id: string;
}

/** What was asked for and not done yet, in order. @param folder STATE_DIR */
export function openRequests(folder: string): RetryRequest[] {
  const path = join(folder, FOLDER);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const id = NAME.exec(name)?.[1];
      return id === undefined ? [] : [{ name, id }];
    });
}

/** Asks that letters be retried, in this order. @param now ms since the epoch */
export function requestRetries(folder: string, letters: readonly StoredLetter[], now: number): void {
  const path = join(folder, FOLDER);
  makeFolder(path);
  const time = now.toString(36).padStart(TIME_DIGITS, "0");
  letters.forEach((letter, i) => {
    const name = `${time}-${String(i).padStart(6, "0")}-${letter.id}.json`;
    // A run must not find half of it.
    const beside = join(path, `.${name}`);
    writeFileSync(beside, JSON.stringify(letter));
    renameSync(beside, join(path, name));
  });
}

/** Throws where the file holds no letter. */
export function readRequest(folder: string, { name }: RetryRequest): StoredLetter {
  return JSON.parse(readFileSync(join(folder, FOLDER, name), "utf8")) as StoredLetter;
}

export function removeRequest(folder: string, { name }: RetryRequest): void {
  rmSync(join(folder, FOLDER, name), { force: true });
}
