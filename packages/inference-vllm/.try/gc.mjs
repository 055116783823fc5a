// bare node
const c1 = new AbortController(), c2 = new AbortController();
function f(sig) { const stop = new AbortController(); const both = AbortSignal.any([sig, stop.signal]); let resolve; const p = new Promise(r => resolve = r); both.addEventListener("abort", { handleEvent: () => resolve("aborted") }, { once: true }); return p; }
const p = f(AbortSignal.any([c1.signal, c2.signal]));
setTimeout(() => c2.abort(), 100); const t = setInterval(() => gc(), 10);
console.log(await Promise.race([p, new Promise(r => setTimeout(r, 1000, "NEVER"))])); clearInterval(t);
