import { EventEmitter, once } from "node:events";
import type { ReplicaAddress } from "../../fleet/call.ts";
import type { LaunchListener } from "../launched-server.ts";

/** What a listener was told. */
export type Heard =
  | { readonly what: "ready"; readonly replica: ReplicaAddress }
  | { readonly what: "down"; readonly name: string; readonly why: string }
  | { readonly what: "lost"; readonly error: Error }
  | { readonly what: "progress"; readonly text: string };

/** A listener that keeps all it hears. */
export class Hearing implements LaunchListener {
  readonly all: Heard[] = [];
  readonly #news = new EventEmitter();
  readonly #tell: (heard: Heard) => void;

  constructor(tell: (heard: Heard) => void = () => {}) {
    this.#tell = tell;
  }

  ready(replica: ReplicaAddress): void {
    this.#hear({ what: "ready", replica });
  }

  down(name: string, why: string): void {
    this.#hear({ what: "down", name, why });
  }

  lost(error: Error): void {
    this.#hear({ what: "lost", error });
  }

  progress(text: string): void {
    this.#hear({ what: "progress", text });
  }

  /** What was heard of one kind. */
  of<W extends Heard["what"]>(what: W): readonly Extract<Heard, { what: W }>[] {
    // The kind tells the type.
    return this.all.filter((heard) => heard.what === what) as Extract<Heard, { what: W }>[];
  }

  /** Waits until that many of a kind were heard; gives the last of them. */
  async until<W extends Heard["what"]>(what: W, count = 1): Promise<Extract<Heard, { what: W }>> {
    for (;;) {
      const found = this.of(what)[count - 1];
      if (found !== undefined) return found;
      await once(this.#news, "news");
    }
  }

  #hear(heard: Heard): void {
    this.all.push(heard);
    this.#tell(heard);
    this.#news.emit("news");
  }
}
