import { describe, expect, it } from "vitest";
import { Histogram, Numbers, render } from "./metric.ts";

describe("metrics", () => {
  it("counts by labels, which are escaped", () => {
    const counter = new Numbers("requests_total", "Requests.");
    counter.add({ route: "/a", status: 200 });
    counter.add({ route: "/a", status: 200 }, 2);
    counter.add({ route: 'b"\\\n' });

    expect(counter.render()).toBe(
      '# HELP requests_total Requests.\n# TYPE requests_total counter\nrequests_total{route="/a",status="200"} 3\nrequests_total{route="b\\"\\\\\\n"} 1\n',
    );
  });

  it("sorts times into buckets, each of which has those below", () => {
    const histogram = new Histogram("seconds", "Times.", [0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 2]) histogram.observe({}, seconds);

    expect(render([histogram]).split("\n").slice(2)).toEqual([
      'seconds_bucket{le="0.1"} 2',
      'seconds_bucket{le="1"} 3',
      'seconds_bucket{le="+Inf"} 4',
      "seconds_sum 2.65",
      "seconds_count 4",
      "",
    ]);
  });
});
