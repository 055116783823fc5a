/** How much of a log goes into an error, in characters. */
const TAIL_CHARACTERS = 2_000;
/** The same for what vLLM says itself. */
const LONGEST_REASON = 500;

interface Cause {
  readonly pattern: RegExp;
  /** What happened and what to do, from the match. */
  readonly say: (match: RegExpExecArray) => string;
}

/** Ends that vLLM 0.32 and its libraries tell in words of their own, the more exact ones first. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /unrecognized arguments: (.+)/,
    say: ([, names]) =>
      `it does not know the arguments ${names}; correct them in configFile or extraArguments (\`vllm serve --help=all\` lists all)`,
  },
  {
    pattern: /error: argument (.+)/,
    say: ([, problem]) => `an argument is wrong: ${problem}; correct it in configFile or extraArguments`,
  },
  {
    pattern: /Model architectures? \[?(.+?)\]? (?:are|is) not supported/,
    say: ([, names]) => `it does not support models of the architecture ${names}; a newer vLLM may`,
  },
  {
    pattern: /has model type (.+?) but Transformers does not recognize/,
    say: ([, name]) =>
      `it does not know models of the type ${name}; a newer vLLM and transformers may, or config.json of the model is damaged`,
  },
  {
    pattern:
      /(?:CUDA|HIP) out of memory|OutOfMemoryError|DefaultCPUAllocator: (?:can't|not enough)|Cannot allocate memory|MemoryError\b/,
    say: () => `it ran out of memory; ${LESS_MEMORY}`,
  },
  {
    pattern:
      /No available memory for the cache blocks|[Ff]ree memory on device.*less than desired|larger than the available KV cache memory|is less than requested memory|insufficient (?:available )?memory/i,
    say: () => `there is too little memory for the model and its cache; ${LESS_MEMORY}`,
  },
  {
    pattern: /User-specified max_model_len \((\d+)\) is greater than the derived max_model_len \((?:\w+=)?(\d+)/,
    say: ([, asked, most]) => `max-model-len is ${asked}, and the model goes to ${most}`,
  },
  {
    pattern: /gated repo|GatedRepoError|awaiting a review/i,
    say: () =>
      "the model is one of those that ask for a licence first: accept it on its page, and give the variable HF_TOKEN by the option environment",
  },
  {
    pattern:
      /(?:not a local folder|is not a valid model identifier|Repository Not Found|RepositoryNotFoundError|LocalEntryNotFoundError|OfflineModeIsEnabled|We couldn't connect to|Can't load the configuration of)/,
    say: () =>
      "the model was not found: check its name or path, that it is downloaded when there is no network (HF_HUB_OFFLINE), and HF_TOKEN for a private one",
  },
  {
    pattern: /[Aa]ddress already in use/,
    say: () => "its port is in use; name another one by port, or 0 for a free one",
  },
  {
    pattern: /SafetensorError|Error while deserializing header|PytorchStreamReader failed/,
    say: () => "a file with the model's weights is damaged: load it again",
  },
  {
    pattern: /exec: .*not found|Exec format error|bad interpreter/,
    say: () => "the program or its Python is not there: the environment was moved or removed",
  },
  {
    pattern: /^\s+Value error, (.+?)(?: \[type=|$)/m,
    say: ([, problem = ""]) => `its configuration is refused: ${problem.slice(0, LONGEST_REASON).replace(/\.$/, "")}`,
  },
  {
    pattern: /Worker proc (\S+) died unexpectedly \(exit code: (-?\d+)\)/,
    say: ([, name, code]) =>
      `${name} died with exit code ${code}${code === "-9" ? ", perhaps killed by the system for lack of memory" : ""}`,
  },
];

const LESS_MEMORY =
  "lower max-model-len, max-num-seqs or gpu-memory-utilization, raise tpSize, or stop what else runs on the GPUs (on CPUs: VLLM_CPU_KVCACHE_SPACE)";

/** Whether a server ended because its port was taken. */
export function isPortTaken(log: string): boolean {
  return /[Aa]ddress already in use/.test(log);
}

/** Why a server ended, as far as its log tells, and what to do about it; ends without a full stop. Empty when the log tells nothing. */
export function explainEnd(log: string): string {
  for (const { pattern, say } of CAUSES) {
    const match = pattern.exec(log);
    if (match !== null) return say(match);
  }
  const isEngineDead = log.includes("engine core exited unexpectedly");
  return rootError(log) ?? (isEngineDead ? "its engine died, perhaps killed by the system for lack of memory" : "");
}

/** The last lines of a log, whole ones, without colours. */
export function tailOf(log: string): string {
  // eslint-disable-next-line no-control-regex -- colours of terminals begin with it
  const plain = log.replaceAll(/\u001B\[[\d;]*m|\r(?=\n)/g, "").trimEnd();
  if (plain.length <= TAIL_CHARACTERS) return plain.trimStart();
  const tail = plain.slice(-TAIL_CHARACTERS);
  return tail.slice(tail.indexOf("\n") + 1);
}

/** The last error of a Python traceback that is no mere consequence. */
function rootError(log: string): string | undefined {
  const errors = log.matchAll(
    /^(?:\([^)]*\) )?(?:ERROR [^\]]*\] )?((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit)\b.*)$/gm,
  );
  return [...errors].map(([, text = ""]) => text.slice(0, LONGEST_REASON)).findLast((text) => !CONSEQUENCE.test(text));
}

const CONSEQUENCE =
  /Engine ?[Cc]ore.*(?:failed|died|issue)|EngineDeadError|See root cause|WorkerProc initialization failed|CancelledError/;
