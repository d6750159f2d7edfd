// The control API at sim/, and its stream of everything that happens.

const PATIENCE = 15_000; // ms for an answer of the simulator itself
const PATIENCE_FOR_FILES = 120_000;

export function sim(method, path, body) {
  if (body === undefined) return asked(path, { method }, PATIENCE);
  const headers = { "Content-Type": "application/json" };
  return asked(path, { method, headers, body: JSON.stringify(body) }, PATIENCE);
}

// Send a file as the body. Types that a form of any page could post are refused, so those go as plain bytes.
export function upload(path, file) {
  const type = !file.type || file.type === "text/plain" ? "application/octet-stream" : file.type;
  return asked(path, { method: "POST", headers: { "Content-Type": type }, body: file }, PATIENCE_FOR_FILES);
}

async function asked(path, init, patience) {
  let answer;
  try {
    answer = await fetch(`sim${path}`, { ...init, signal: AbortSignal.timeout(patience) });
  } catch {
    throw new Error("The simulator does not answer. Is it still running?");
  }
  const content = await answer
    .json()
    .catch(() => ({ error: `The simulator answered ${answer.status}: see its own output.` }));
  if (!answer.ok) throw new Error(content.error);
  return content;
}

// One stream for the whole page: browsers keep at most six connections to a server, and players need some.
// `entry` gets each entry in order; `state` whether the stream is open; `lost` is called when the simulator that
// answers is not the one that was there before, whose numbers began anew.
export function follow(since, { entry, state, lost }) {
  let seen = since;
  let broken = false;
  const source = new EventSource(`sim/events?since=${since}`);
  source.onmessage = (event) => {
    const happened = JSON.parse(event.data);
    seen = happened.seq;
    entry(happened);
  };
  source.onopen = async () => {
    state(true);
    if (!broken) return;
    broken = false;
    const { record } = await sim("GET", "/stats").catch(() => ({ record: seen }));
    if (record < seen) {
      source.close();
      lost();
    }
  };
  source.onerror = () => {
    broken = true;
    state(false);
  };
  return source;
}
