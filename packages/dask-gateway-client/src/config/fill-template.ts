import { DaskGatewayError } from "../errors/dask-gateway-error.ts";

/**
 * The text with `{NAME}` replaced by the variable of that name, and doubled braces by single ones; as Dask Gateway's client does by
 * Python's `str.format`. Errors name the key, never its value.
 */
export function fillTemplate(
  key: string,
  template: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return template.replaceAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (part: string, name?: string) => {
    if (part === "{{" || part === "}}") return part.charAt(0);
    if (name === undefined) throw refused(key, "has a brace without its other one; double it to mean a brace");
    const value = environment[name];
    if (value === undefined)
      throw refused(
        key,
        `stands for a variable {${name}} that is not set; set it, or double the braces to mean braces`,
      );
    return value;
  });
}

function refused(key: string, problem: string): DaskGatewayError {
  return new DaskGatewayError("GATEWAY_INVALID_CONFIG", `${key} in Dask's configuration ${problem}.`);
}
