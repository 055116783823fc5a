import type { Fleet } from "../fleet/call.ts";
import { noSuchModel } from "./problem.ts";

/** `GET /v1/models`: the models of all servers in use, as far as they told. */
export function listModels(fleet: Fleet, startedAt: number): object {
  const data = modelsOf(fleet).map((id) => describe(id, fleet, startedAt));
  return { object: "list", data };
}

/** `GET /v1/models/{id}`. @throws `Problem` when no server has it. */
export function showModel(id: string, fleet: Fleet, startedAt: number): object {
  const known = modelsOf(fleet);
  if (!known.includes(id)) throw noSuchModel(id, known);
  return describe(id, fleet, startedAt);
}

function describe(id: string, { replicas }: Fleet, startedAt: number): object {
  const lengths = replicas
    .filter(({ models }) => models[0] === id)
    .flatMap(({ maxModelLength }) => maxModelLength ?? []);
  // What fits any of them.
  const length = lengths.length > 0 ? { max_model_len: Math.min(...lengths) } : {};
  return { id, object: "model", created: Math.floor(startedAt / 1000), owned_by: "rhapsody", ...length };
}

function modelsOf({ replicas }: Fleet): readonly string[] {
  return [...new Set(replicas.flatMap(({ models }) => models))];
}
