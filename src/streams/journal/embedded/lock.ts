import { closeSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../component/errors.js";

const NAME = /^lock\.(\d+)\.(\d+)\.([0-9a-f]*)$/;

/**
 * Keeps other processes from writing to a folder. The lock is a file that is called after its owner: process id, when that
 * process began, and the boot of the machine, so an id that was given out anew is not taken for the owner. Whoever wants the
 * folder puts down a file first and then looks for those of others; so of two that come at once at most one gets it. Files
 * of the dead are taken away. Containers that do not see each other's processes are not kept apart.
 *
 * @returns how to let go
 * @throws ConfigError where a process that lives has it
 */
export function lock(folder: string): () => void {
  const own = join(folder, nameOf(process.pid));
  try {
    closeSync(openSync(own, "wx"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new ConfigError(`${folder} is open in this very process already: close it there first`, { cause });
  }
  const unlock = () => rmSync(own, { force: true });
  for (const { path, pid, lives } of locks(folder)) {
    if (path === own) continue;
    if (lives) {
      unlock();
      throw new ConfigError(
        `${folder} is in use by process ${pid}: stop that first, or give this one another STATE_DIR`,
      );
    }
    rmSync(path, { force: true });
  }
  return unlock;
}

/** The process that has locked a folder and lives. */
export function lockedBy(folder: string): number | undefined {
  return locks(folder).find(({ lives }) => lives)?.pid;
}

function locks(folder: string) {
  return readdirSync(folder).flatMap((name) => {
    const pid = Number(NAME.exec(name)?.[1]);
    return Number.isNaN(pid) ? [] : [{ path: join(folder, name), pid, lives: isAlive(pid) && name === nameOf(pid) }];
  });
}

function nameOf(pid: number): string {
  return `lock.${pid}.${startOf(pid)}.${boot()}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended is there until someone has asked how.
    return statOf(pid)[0] !== "Z";
  } catch (cause) {
    // It lives and belongs to someone else.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in clock ticks since the boot (proc(5)). 0 where the system does not say: then the id alone tells. */
export function startOf(pid: number): number {
  return Number(statOf(pid)[19] ?? 0);
}

/** The fields from the third on. The second is the name of the program in brackets, which may hold anything. */
function statOf(pid: number): readonly string[] {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function boot(): string {
  return readIfThere("/proc/sys/kernel/random/boot_id").slice(0, 8);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
