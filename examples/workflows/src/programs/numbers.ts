/** The work of the tasks: `generate`, `even <sum>` and `aggregate <sum> <list>`; each prints its result. */
const [what, sum, list] = process.argv.slice(2);
const numbers = Array.from({ length: 1_000 }, (_, n) => n);

switch (what) {
  case "generate":
    console.log(numbers.reduce((total, n) => total + n, 0));
    break;
  case "even":
    console.log(numbers.filter((n) => n < Number(sum) && n % 2 === 0).join());
    break;
  case "aggregate":
    console.log(`sum ${sum ?? "?"}, ${list?.split(",").length ?? 0} even numbers`);
    break;
  default:
    throw new Error(`numbers: do what? ${what ?? "nothing"} is not among generate, even, aggregate`);
}
