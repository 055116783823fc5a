import type { Execution, Instance, InstanceTask } from "./instance.ts";
import { orderTasks } from "./order-tasks.ts";
import type { WfFormatProblem } from "./wfformat-error.ts";
import type { WfTask } from "./workflow.ts";

/** The tasks of an instance, every one after its parents, and what is wrong with them. */
export function linkTasks(
  instance: Instance,
  defaultRuntimeSeconds?: number,
): { readonly tasks: readonly WfTask[]; readonly problems: readonly WfFormatProblem[] } {
  const problems: WfFormatProblem[] = [];
  const names = namesOf(instance.tasks, problems);
  const executions = executionsOf(instance, names, problems);
  const { parents, children } = edgesOf(instance.tasks, names, problems);
  const tasks = instance.tasks.map((task): WfTask => {
    const execution = executions.get(task.id);
    const runtimeSeconds = execution?.runtimeSeconds ?? defaultRuntimeSeconds;
    if (runtimeSeconds === undefined) {
      const message = "there is no run time; give `defaultRuntimeSeconds` for tasks without one";
      problems.push({ kind: "no-runtime", at: task.id, message });
    }
    return {
      id: task.id,
      name: task.name,
      parents: [...(parents.get(task.id) ?? [])],
      children: [...(children.get(task.id) ?? [])],
      runtimeSeconds: runtimeSeconds ?? 0,
      cores: execution?.cores ?? 1,
      ...(execution?.memoryBytes === undefined ? {} : { memoryBytes: execution.memoryBytes }),
      inputFiles: task.inputFiles,
      outputFiles: task.outputFiles,
      ...(execution?.program === undefined ? {} : { program: execution.program }),
      arguments: execution?.arguments ?? [],
      machines: execution?.machines ?? [],
    };
  });
  const { ordered, cycles } = orderTasks(tasks);
  for (const cycle of cycles) {
    const way = [...cycle, cycle[0]].join(" → ");
    problems.push({ kind: "cycle", at: cycle[0] ?? "", message: `tasks wait for each other: ${way}` });
  }
  return { tasks: ordered, problems };
}

/** The task that a name means; `undefined` when several have it. */
type Names = ReadonlyMap<string, string | undefined>;

function namesOf(tasks: readonly InstanceTask[], problems: WfFormatProblem[]): Names {
  const ids = new Set<string>();
  const names = new Map<string, string | undefined>();
  for (const { id, calledBy } of tasks) {
    if (ids.has(id)) {
      problems.push({ kind: "duplicate", at: id, message: "another task has this id" });
      continue;
    }
    ids.add(id);
    for (const name of calledBy) names.set(name, names.has(name) ? undefined : id);
  }
  // An id always means its own task, whatever others are called.
  for (const id of ids) names.set(id, id);
  return names;
}

function executionsOf(instance: Instance, names: Names, problems: WfFormatProblem[]): ReadonlyMap<string, Execution> {
  const executions = new Map<string, Execution>();
  for (const [name, execution] of instance.executions) {
    const id = names.get(name);
    if (id === undefined) {
      problems.push({ kind: "unknown-task", at: name, message: "was executed, and is no task of the specification" });
      continue;
    }
    if (executions.has(id)) problems.push({ kind: "duplicate", at: id, message: "has two entries on its execution" });
    executions.set(id, execution);
  }
  return executions;
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

function edgesOf(
  tasks: readonly InstanceTask[],
  names: Names,
  problems: WfFormatProblem[],
): { readonly parents: Edges; readonly children: Edges } {
  const parents = new Map(tasks.map(({ id }) => [id, new Set<string>()]));
  const children = new Map(tasks.map(({ id }) => [id, new Set<string>()]));
  for (const task of tasks) {
    for (const relation of ["parents", "children"] as const) {
      for (const name of task[relation]) {
        const other = names.get(name);
        if (other === undefined) {
          const why = names.has(name) ? "several tasks have that name" : "there is no such task";
          problems.push({ kind: "unknown-task", at: task.id, message: `${relation} has ${name}: ${why}` });
          continue;
        }
        const [parent, child] = relation === "parents" ? [other, task.id] : [task.id, other];
        parents.get(child)?.add(parent);
        children.get(parent)?.add(child);
      }
    }
  }
  return { parents, children };
}
