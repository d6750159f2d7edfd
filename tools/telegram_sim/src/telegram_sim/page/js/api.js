// The control API at sim/, and its stream of everything that happens.

const PATIENCE = 15_000; // ms for an answer of the simulator itself
const PATIENCE_FOR_FILES = 120_000;
const RECENT = 1000; // entries

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

// What happened last, oldest first, up to the entry numbered `last`.
export async function recent(last) {
  const { entries } = await sim("GET", `/record?since=${Math.max(last - RECENT, 0)}&limit=${RECENT}`);
  return entries.filter((entry) => entry.seq <= last);
}

// One stream for the whole page: browsers keep at most six connections to a server, and players need some.
// It goes on after the entry `last`. `entry` gets each entry in order; `state` whether the stream is open; `lost` is
// called when entries are forgotten that were not told, or when the simulator that answers is not the one that was there before.
export function follow(last, { entry, state, lost }) {
  let newest = last;
  let broken = false;
  const source = new EventSource(`sim/events?since=${last.seq}`);
  const leave = () => {
    source.close();
    lost();
  };
  source.onmessage = (event) => {
    newest = JSON.parse(event.data);
    entry(newest);
  };
  source.addEventListener("gap", leave);
  source.onopen = async () => {
    state(true);
    if (!broken || !newest.at) return;
    const known = newest;
    const answer = await sim("GET", `/record?since=${known.seq - 1}&limit=1`).catch(() => null);
    if (!answer) return; // away again
    broken = false;
    const [same] = answer.entries;
    if (same?.seq !== known.seq || same.at !== known.at) leave();
  };
  source.onerror = () => {
    broken = true;
    state(false);
  };
  return source;
}
