import { defineProject, type UserWorkspaceConfig } from "vitest/config";

const SOURCE = "@rhapsody/source";

/** For packages whose tests run on real engines: these are installed before the first test, which could not wait for it. */
export const ON_ENGINES: UserWorkspaceConfig["test"] = {
  globalSetup: new URL("internal/engines/src/before-tests.ts", import.meta.url).pathname,
};

/** For packages whose tests run on vLLM by `sharedVllm`: one server for the run, started when the first asks for it. */
export const SHARES_VLLM: UserWorkspaceConfig["test"] = {
  globalSetup: new URL("internal/engines/src/vllm/share-vllm.ts", import.meta.url).pathname,
};

/**
 * The test project of one package. Workspace packages are imported from their sources: by vitest itself, by its
 * workers (`execArgv`), and by every process and worker thread that the code under test starts (`NODE_OPTIONS`).
 */
export function packageTests(name: string, test: UserWorkspaceConfig["test"] = {}): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions: [SOURCE, "node", "import", "module", "default"] },
    ssr: {
      resolve: {
        conditions: [SOURCE, "node", "import", "module", "default"],
        externalConditions: [SOURCE],
      },
    },
    test: {
      name,
      include: ["src/**/*.test.ts"],
      pool: "forks",
      execArgv: [`--conditions=${SOURCE}`],
      env: { NODE_OPTIONS: `--conditions=${SOURCE}` },
      restoreMocks: true,
      // Only a test that hangs comes near these, also on a machine with much else to do.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      ...test,
    },
  });
}
