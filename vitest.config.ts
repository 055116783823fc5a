import { globSync } from "node:fs";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { projects: globSync(["{packages,internal,examples}/*/vitest.config.ts", "bench/vitest.config.ts"]) },
});
