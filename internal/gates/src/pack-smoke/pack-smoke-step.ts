import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enginePython } from "@rhapsody-internal/engines";
import { codeBlocks } from "@rhapsody-internal/markdown";
import { ROOT } from "../root.ts";
import type { Step } from "../run/step.ts";
import { publishedPackages } from "../workspace/manifest.ts";
import { importEverything, tryConsumer } from "./consumer.ts";
import { neededWith } from "./needed-with.ts";
import { PYTHON_PROGRAM } from "./python-program.ts";
import { packTarball, type Tarball } from "./tarball.ts";

/**
 * Uses the packages as a user does: each alone with what it needs, then all together under the README's example
 * and under a program whose functions run in Python, which finds our Python code in the installed packages. Every
 * package's contents and every project counts as one check.
 */
export const packSmokeStep: Step = {
  name: "pack smoke",
  needs: ["build", "engines"],
  run: async (log) => {
    const folder = await mkdtemp(join(tmpdir(), "rhapsody-pack-"));
    const failures: string[] = [];
    let passed = 0;
    const check = async (title: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
        passed += 1;
        log(`✓ ${title}`);
      } catch (error) {
        failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
        log(`✗ ${title}`);
      }
    };

    const tarballs: Tarball[] = [];
    for (const source of publishedPackages()) {
      await check(`pack ${source.manifest.name}`, async () => {
        const tarball = await packTarball(source, join(folder, "tarballs"));
        tarballs.push(tarball);
        if (tarball.problems.length > 0) throw new Error(tarball.problems.join("; "));
      });
    }
    for (const tarball of tarballs) {
      await check(`install, type-check and import ${tarball.manifest.name} alone`, async () => {
        const needed = neededWith(tarball, tarballs);
        const project = join(folder, "alone", tarball.source.folder);
        await tryConsumer({ folder: project, tarballs: needed, program: importEverything(needed) });
      });
    }
    await check("run the README's example on all packages", async () => {
      const { program, output } = readmeExample(await readFile(join(ROOT, "README.md"), "utf8"));
      const printed = await tryConsumer({ folder: join(folder, "all"), tarballs, program });
      if (output === undefined || printed.trim() === output.trim()) return;
      throw new Error(`expected\n${output}\nbut it printed\n${printed}`);
    });

    await check("run Python functions on this machine and on Dask", async () => {
      const env = { RHAPSODY_PYTHON: await enginePython("dask") };
      const printed = await tryConsumer({ folder: join(folder, "python"), tarballs, program: PYTHON_PROGRAM, env });
      if (printed !== "5\n5\n") throw new Error(`expected two results, but it printed\n${printed}`);
    });

    if (failures.length === 0) await rm(folder, { recursive: true });
    else failures.push(`The projects are in ${folder}`);
    const failed = Math.max(0, failures.length - 1);
    return { tally: { passed, failed, skipped: 0 }, output: failures.join("\n\n") };
  },
};

/** The block marked `readme-example`, and the output that the README promises for it. */
function readmeExample(readme: string): { program: string; output: string | undefined } {
  const blocks = codeBlocks(readme);
  const index = blocks.findIndex((block) => block.marks.includes("readme-example"));
  const example = blocks[index];
  if (example === undefined) throw new Error("README.md has no block marked `ts readme-example`");
  const next = blocks[index + 1];
  return { program: example.code, output: next?.marks.includes("output") ? next.code : undefined };
}
