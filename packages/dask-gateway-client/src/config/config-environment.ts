import { parseDocument, visit } from "yaml";
import { type ConfigMap, mergeConfig } from "./config-value.ts";

/** What variables such as `DASK_GATEWAY__PROXY_ADDRESS` say: `{ gateway: { proxy_address: … } }`; as `dask.config.collect_env`. */
export function readConfigEnvironment(environment: Readonly<Record<string, string | undefined>>): ConfigMap {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith("DASK_GATEWAY__"))
    .map(([name, text]) => nested(name.slice("DASK_".length).toLowerCase().split("__"), toValue(text ?? "")))
    .reduce<ConfigMap>(mergeConfig, {});
}

function nested([key = "", ...keys]: readonly string[], value: unknown): ConfigMap {
  return { [key]: keys.length === 0 ? value : nested(keys, value) };
}

const WORDS: Readonly<Record<string, unknown>> = { none: null, null: null, true: true, false: false };

/** The value of a text. Dask takes it for a Python literal where it can. */
function toValue(text: string): unknown {
  const word = text.toLowerCase();
  if (Object.hasOwn(WORDS, word)) return WORDS[word];
  // Only numbers that are written back in the same way: others may be passwords.
  if (String(Number(text)) === text) return Number(text);
  return /^[[{"']/.test(text) ? toLiteral(text) : text;
}

/** Lists, mappings and quoted texts of Python are YAML too, but not the other way round: what has bare words in it is a text. */
function toLiteral(text: string): unknown {
  const document = parseDocument(text, { logLevel: "error" });
  let literal = document.errors.length === 0;
  visit(document, {
    Scalar: (_, scalar) => {
      if (scalar.type !== "PLAIN" || typeof scalar.value !== "string") return;
      if (scalar.value === "None") scalar.value = null;
      else literal = false;
    },
  });
  return literal ? (document.toJS() as unknown) : text;
}
