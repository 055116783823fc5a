import { fileURLToPath } from "node:url";

/** Directory of the Python package that asks Dragon's inference service; beside `src` and `dist` alike. */
export const engineDirectory: string = fileURLToPath(new URL("../python", import.meta.url));
