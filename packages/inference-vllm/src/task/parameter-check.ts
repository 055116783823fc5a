import { OptionsError } from "@rhapsody/core";
import type { Call } from "../fleet/call.ts";
import { isObject, readObject, type JsonObject } from "../fleet/read-json.ts";

/** Gives a server's own description of its interface (OpenAPI), `undefined` for a server without; rejects when no server answers. */
export type LookUpInterface = () => Promise<string | undefined>;

/**
 * Finds parameters that a server does not know. vLLM and others ignore those silently, so that a typo would be seen by nobody; but they describe their
 * interface, and what is in there is all they know. Servers without a description are believed to know everything.
 */
export class ParameterCheck {
  readonly #lookUp: LookUpInterface;
  #known: Promise<JsonObject | undefined> | undefined;

  constructor(lookUp: LookUpInterface) {
    this.#lookUp = lookUp;
  }

  /** @throws `OptionsError` that names each unknown parameter, and what may have been meant. */
  async check(parameters: unknown, path: Call["path"]): Promise<void> {
    if (!isObject(parameters) || Object.keys(parameters).length === 0) return;
    const known = parametersOf(await this.#interface(), path);
    if (known.length === 0) return;
    const unknown = Object.keys(parameters).filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const each = unknown.map((name) => `\`parameters.${name}\`${suggestion(name, known)}`);
    throw new OptionsError(`the server knows no ${each.join(", ")}; it would ignore that silently`);
  }

  async #interface(): Promise<JsonObject | undefined> {
    this.#known ??= this.#lookUp().then((text) => (text === undefined ? undefined : readObject(text)));
    try {
      return await this.#known;
    } catch {
      // No server answered just now; the next task asks again.
      this.#known = undefined;
      return undefined;
    }
  }
}

/** Names of a request's fields in an OpenAPI 3 document: `paths[…].post.requestBody`, by reference to `components.schemas`. */
function parametersOf(document: JsonObject | undefined, path: string): readonly string[] {
  const body = dig(document, ["paths", `/v1/${path}`, "post", "requestBody", "content", "application/json", "schema"]);
  return [...new Set(fieldsOf(document, body))];
}

/** vLLM describes embeddings as one of several forms. */
function fieldsOf(document: JsonObject | undefined, schema: unknown): readonly string[] {
  if (!isObject(schema)) return [];
  const { $ref: reference, properties, anyOf, oneOf } = schema;
  if (typeof reference === "string") return fieldsOf(document, dig(document, reference.replace(/^#\//, "").split("/")));
  const forms = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []));
  return [
    ...(isObject(properties) ? Object.keys(properties) : []),
    ...forms.flatMap((form) => fieldsOf(document, form)),
  ];
}

function dig(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce((part: unknown, key) => (isObject(part) ? part[key] : undefined), value);
}

/** The known name that is spelled alike: other case, no underscores, or at most two letters changed. */
function suggestion(name: string, known: readonly string[]): string {
  const plain = (text: string): string => text.replaceAll("_", "").toLowerCase();
  const alike =
    known.find((other) => plain(other) === plain(name)) ??
    known.find((other) => distance(plain(other), plain(name)) <= 2);
  return alike === undefined ? "" : ` (did you mean ${alike}?)`;
}

/** Letters to insert, remove or change to make one text of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split("").entries()) {
    const next = [index + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const changed = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
