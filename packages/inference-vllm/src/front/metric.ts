/** Names and values that tell one sample of a metric from another. */
export type Labels = Readonly<Record<string, string | number>>;

/** A metric in the text format of Prometheus, version 0.0.4. */
export interface Metric {
  render(): string;
}

/** What only grows, or, with `gauge`, what is now. */
export class Numbers implements Metric {
  readonly #head: string;
  readonly #name: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string, type: "counter" | "gauge" = "counter") {
    this.#name = name;
    this.#head = head(name, help, type);
  }

  add(labels: Labels, by = 1): void {
    const key = textOf(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  render(): string {
    const lines = [...this.#values].map(([labels, value]) => `${this.#name}${braced(labels)} ${value}\n`);
    return this.#head + lines.join("");
  }
}

/** How long things took, counted in buckets. */
export class Histogram implements Metric {
  readonly #head: string;
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  /** @param bounds - Upper bounds of the buckets, rising, in seconds; what is above the last counts too. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = bounds;
    this.#head = head(name, help, "histogram");
  }

  observe(labels: Labels, seconds: number): void {
    const key = textOf(labels);
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = { counts: this.#bounds.map(() => 0), sum: 0, count: 0 }));
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
    series.count += 1;
  }

  render(): string {
    let text = this.#head;
    for (const [labels, { counts, sum, count }] of this.#series) {
      const bucket = (bound: string, value: number): string =>
        `${this.#name}_bucket${braced(join(labels, `le="${bound}"`))} ${value}\n`;
      let below = 0;
      for (const [index, bound] of this.#bounds.entries()) text += bucket(String(bound), (below += counts[index] ?? 0));
      text += bucket("+Inf", count);
      text += `${this.#name}_sum${braced(labels)} ${sum}\n${this.#name}_count${braced(labels)} ${count}\n`;
    }
    return text;
  }
}

/** Several metrics, one after the other. */
export function render(metrics: readonly Metric[]): string {
  return metrics.map((metric) => metric.render()).join("");
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function textOf(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${String(value).replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`,
    )
    .join(",");
}

function join(...labels: readonly string[]): string {
  return labels.filter((text) => text !== "").join(",");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
