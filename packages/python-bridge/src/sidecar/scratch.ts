import { mkdtemp, open, readFile, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A directory of one opening that only this user may enter: for blobs too large for the channel, and its socket.
 *
 * The guard deletes it too, for a host that is killed.
 */
export class Scratch {
  /** Absolute path. */
  readonly path: string;
  #written = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the directory, with mode 0700. */
  static async create(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), "rhapsody-")));
  }

  /** Writes bytes into a new file and gives its name; whoever reads it deletes it. */
  async write(bytes: Uint8Array): Promise<string> {
    this.#written += 1;
    const name = `h${this.#written}`;
    const path = join(this.path, name);
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(bytes);
    } catch (error) {
      await unlink(path);
      throw error;
    } finally {
      await file.close();
    }
    return name;
  }

  /** The bytes of a file of the other end's, which is deleted. */
  async take(name: string): Promise<Uint8Array> {
    if (!/^\w[\w.-]*$/.test(name)) throw new Error(`a file claims to be called ${JSON.stringify(name)}`);
    const path = join(this.path, name);
    const bytes = await readFile(path);
    await unlink(path);
    return bytes;
  }

  /** Deletes the directory and all in it. */
  async delete(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
