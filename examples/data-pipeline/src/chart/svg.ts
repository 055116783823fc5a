/** Attributes of an element; what is `undefined` is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One SVG element as text. Children are elements, or text fit for XML. */
export function svgElement(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${svgText(typeof value === "number" ? rounded(value) : String(value))}"`)
    .join("");
  if (children.length === 0) return `<${name}${written}/>`;
  const inner = children.length === 1 ? children.join("") : `\n${children.join("\n")}\n`;
  return `<${name}${written}>${inner}</${name}>`;
}

/** Text with the characters replaced that mean something in XML. */
function svgText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Thousandths of a pixel are enough, and keep the file small. */
function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** A text element. */
export function svgLabel(text: string, attributes: Attributes): string {
  return svgElement("text", attributes, [svgText(text)]);
}
