import { globSync } from "node:fs";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Tests that wait for processes leave the core to others.
    maxWorkers: "100%",
    projects: globSync(["{packages,internal,examples}/*/vitest.config.ts", "bench/vitest.config.ts"]),
  },
});
