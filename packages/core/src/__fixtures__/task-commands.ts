import fc from "fast-check";
import type { CancelOutcome } from "../backend/backend.ts";
import type { CloseOptions } from "../session/closing.ts";
import type { HeldBackend, Holds } from "./held-backend.ts";
import type { Shape } from "./random-task.ts";
import type { Report } from "./task-model.ts";
import type { TaskWorld } from "./task-world.ts";

/** Something that happens to a session; the model is in the world, too, which feeds it with what the backends see. */
type Command = fc.AsyncCommand<object, TaskWorld>;

interface Doing {
  /** Whether all that follows comes about before the next command. */
  readonly breath: boolean;
  applies?(world: TaskWorld): boolean;
  act(world: TaskWorld): Promise<void> | void;
}

function command(name: string, { breath, applies, act }: Doing): Command {
  let applicable = applies;
  applicable ??= () => true;
  return {
    check: () => true,
    async run(_, world) {
      if (!applicable(world)) return;
      await act(world);
      if (breath) await world.breathe();
    },
    toString: () => (breath ? name : `${name}!`),
  };
}

/** A deadline between two steps of the clock. */
const deadline = (...ms: number[]): fc.Arbitrary<number | undefined> =>
  fc.constantFrom(undefined, undefined, undefined, ...ms);

const shape = (cacheKey: fc.Arbitrary<string | undefined>): fc.Arbitrary<Shape> =>
  fc.record<Shape>({
    cacheKey,
    dependencies: fc.array(fc.nat(50), { maxLength: 2 }),
    onDependencyFailure: fc.constantFrom("fail", "run"),
    backend: fc.constantFrom(undefined, undefined, 0, 1),
    attempts: fc.integer({ min: 1, max: 3 }),
    delayMs: fc.constantFrom(0, 20),
    timeoutMs: deadline(15, 45, 95),
    queueTimeoutMs: deadline(25, 95, 195),
    cores: fc.constantFrom(0, 1, 1, 3),
  });

export const holds: fc.Arbitrary<Holds> = fc.record<Holds>({
  open: fc.boolean(),
  submit: fc.boolean(),
  cancel: fc.constantFrom("cancelled", "detached", "held", "held", "none"),
});

export const mode: fc.Arbitrary<CloseOptions> = fc.record<CloseOptions>({
  mode: fc.constantFrom("cancel", "drain", "checkpoint"),
  deadlineMs: fc.constantFrom(undefined, 0, 30),
  graceMs: fc.constantFrom(undefined, 0, 50),
});

const breath = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const pick = fc.nat(1000);
const which = fc.nat(1);

const backendOf = ({ backends }: TaskWorld, number: number): HeldBackend => backends[number % backends.length]!;

const submits = (cacheKey: fc.Arbitrary<string | undefined>): fc.Arbitrary<Command> =>
  fc.array(shape(cacheKey), { minLength: 1, maxLength: 4 }).map((shapes) =>
    command(`submit ${JSON.stringify(shapes)}`, {
      breath: true,
      applies: (world) => !world.ends,
      act: async (world) => await world.submit(shapes),
    }),
  );

const cancels = fc
  .tuple(fc.array(pick, { minLength: 1, maxLength: 2 }), breath)
  .map(([picks, waits]) => command(`cancel ${picks.join()}`, { breath: waits, act: (world) => world.cancel(picks) }));

const report = fc.constantFrom<Report>(
  "RUNNING",
  "RUNNING",
  "RUNNING",
  "DONE",
  "DONE",
  "TASK_EXIT_CODE",
  "TASK_WORKER_DIED",
  "LOST",
  "CANCELED",
  "OUTPUT",
);

/** What becomes of the work that is in flight. */
const reports = fc.tuple(pick, fc.array(report, { minLength: 1, maxLength: 2 }), breath).map(([index, whats, waits]) =>
  command(`report ${index} ${whats.join()}`, {
    breath: waits,
    applies: (world) => world.models.some(({ inFlight }) => inFlight),
    act: (world) => {
      const busy = world.models.filter(({ inFlight }) => inFlight);
      const { wanted, backend } = busy[index % busy.length]!;
      const runner = world.backends.find(({ name }) => name === backend)!;
      const spec = runner.scripted.tasks.findLast(({ uid }) => uid === wanted.uid);
      if (spec !== undefined) world.report(runner, spec, whats);
    },
  }),
);

/** A backend that comes back to what it was handed lately, whatever has become of it. */
const repetitions = fc.tuple(which, fc.nat(7), report, breath).map(([number, back, what, waits]) =>
  command(`report on b${number} ${back} back ${what}`, {
    breath: waits,
    applies: (world) => backendOf(world, number).scripted.tasks.length > 0,
    act: (world) => {
      const backend = backendOf(world, number);
      const { tasks } = backend.scripted;
      world.report(backend, tasks.at(-1 - (back % tasks.length))!, [what]);
    },
  }),
);

/** What no contract allows: unknown tasks, attempts, openings, and another backend's work. */
const nonsense = fc
  .tuple(which, pick, report, fc.constantFrom("uid", "attempt", "epoch", "backend"))
  .map(([number, back, what, wrong]) =>
    command(`nonsense of ${wrong} on b${number} ${back} ${what}`, {
      breath: true,
      act: (world) => {
        const { tasks } = backendOf(world, number).scripted;
        const spec = tasks[back % tasks.length];
        if (spec === undefined) return;
        const { uid, attempt, epoch } = spec;
        const other = backendOf(world, wrong === "backend" ? number + 1 : number);
        if (wrong === "uid") world.report(other, { uid: "never-heard-of", attempt, epoch }, [what]);
        else if (wrong === "attempt") world.report(other, { uid, attempt: attempt + 7, epoch }, [what]);
        else if (wrong === "epoch") world.report(other, { uid, attempt, epoch: epoch - 1 }, [what]);
        else if (other !== backendOf(world, number)) world.report(other, spec, [what]);
      },
    }),
  );

const likely = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

/** The session waits for an answer to any of its questions, of which there may be several. */
const answers = fc.tuple(pick, likely, breath).map(([index, ok, waits]) =>
  command(`${ok ? "yes" : "no"} to ${index}`, {
    breath: waits,
    applies: (world) => questions(world).length > 0,
    act: (world) => {
      const asked = questions(world);
      asked[index % asked.length]!(ok, index % 3 === 0 ? "lost" : "refused");
    },
  }),
);

function questions(world: TaskWorld): ((ok: boolean, no: "refused" | "lost") => void)[] {
  return world.backends.flatMap((backend) => [
    ...backend.opens.map(() => (ok: boolean) => world.answerOpen(backend, ok)),
    ...backend.submits.map(() => (ok: boolean, no: "refused" | "lost") => world.answerSubmit(backend, ok ? "ok" : no)),
  ]);
}

const cancelAnswers = fc
  .tuple(which, fc.constantFrom<CancelOutcome | "throws">("cancelled", "detached", "throws"), pick, breath)
  .map(([number, outcome, index, waits]) =>
    command(`b${number} cancel ${index} ${outcome}`, {
      breath: waits,
      applies: (world) => backendOf(world, number).cancels.length > 0,
      act: (world) => backendOf(world, number).answerCancel(outcome, index),
    }),
  );

const losses = fc.tuple(which, breath).map(([number, waits]) =>
  command(`lose b${number}`, {
    breath: waits,
    applies: (world) => backendOf(world, number).isOpen,
    act: (world) => world.lose(backendOf(world, number)),
  }),
);

/** An opening that died long ago dies again, and has another size. */
const ghosts = which.map((number) =>
  command(`ghost of b${number}`, {
    breath: true,
    act: (world) => {
      const backend = backendOf(world, number);
      const former = backend.scripted.contexts.at(-2);
      if (former === undefined) return;
      former.capacity({ cores: 0 });
      backend.lose(former);
    },
  }),
);

const sizes = fc
  .tuple(which, fc.integer({ min: 1, max: 4 }))
  .map(([number, cores]) =>
    command(`b${number} has ${cores} cores`, { breath: true, act: (world) => backendOf(world, number).resize(cores) }),
  );

const waits = fc
  .constantFrom(1, 1, 2, 2, 5, 15)
  .map((steps) => command(`wait ${steps}`, { breath: false, act: async (world) => await world.wait(steps) }));

/** Rarely, since little can happen after it. */
const closes = fc.tuple(mode, breath, fc.nat(3)).map(([options, pauses, chance]) =>
  command(`close ${JSON.stringify(options)}`, {
    breath: pauses,
    applies: () => chance === 0,
    act: (world) => world.close(options),
  }),
);

const commits = fc
  .tuple(fc.constantFrom(...Array<"ok">(16).fill("ok"), "full", "full", "full", "failed"), breath)
  .map(([how, pauses]) =>
    command(`commit ${how}`, {
      breath: pauses,
      applies: (world) => (world.journal?.waiting ?? 0) > 0,
      act: (world) => world.journal?.answer(how),
    }),
  );

const crashes = fc
  .constant(undefined)
  .map(() => command("crash", { breath: true, act: async (world) => await world.crash() }));

type Commands = fc.Arbitrary<Command>;

/** As often as they are named, relative to each other. */
const common: readonly Commands[] = [
  reports,
  reports,
  reports,
  reports,
  reports,
  reports,
  answers,
  answers,
  answers,
  answers,
  cancelAnswers,
  waits,
  waits,
];
const rare: readonly Commands[] = [
  repetitions,
  repetitions,
  repetitions,
  cancels,
  cancels,
  nonsense,
  ghosts,
  losses,
  losses,
  sizes,
  sizes,
  closes,
];
const writing: readonly Commands[] = [commits, commits, commits, commits, commits, commits, crashes];

/** What happens to a session, with or without a journal. */
export function happenings(journal: "journal" | "no journal"): fc.Arbitrary<Iterable<Command>> {
  const kept = journal === "journal";
  const submit = submits(kept ? fc.constantFrom(undefined, undefined, undefined, "x", "y") : fc.constant(undefined));
  const often = [submit, submit, submit, ...common];
  const more = kept ? [...writing, ...writing] : [];
  return fc.commands([...often, ...often, ...often, ...rare, ...more], { maxCommands: 100, size: "max" });
}
