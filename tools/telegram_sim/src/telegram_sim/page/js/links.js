// What people paste, and what bots put behind words.

const OURS = /^(https?:\/\/)?(t\.me|telegram\.(me|dog))\/\S+$|^tg:\S+$/i;

// The payload of t.me/bot?start=token, tg://resolve?domain=bot&start=token, or the token itself; "" for a link without
// one, or for nothing; null for what is neither link nor token.
export function payloadOf(link) {
  const text = link.trim();
  const found = /[?&]start=([^&#\s]*)/i.exec(text);
  if (found) return decoded(found[1]);
  if (OURS.test(text)) return "";
  return /[/?&:.\s]/.test(text) ? null : text;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Only schemes that run nothing; anything else is taken for a web address without its scheme, as Telegram does.
export const safe = (url) => (/^(https?|tg|ton|mailto|tel):/i.test(url) ? url : `https://${url}`);

const HOSTS = /^(www\.)?(t\.me|telegram\.(me|dog))$/i;

// {payload} of a link to the bot of that name, its payload undefined if it only leads to the chat; else undefined.
export function ownLink(url, username) {
  if (!URL.canParse(safe(url))) return undefined;
  const { protocol, hostname, pathname, searchParams } = new URL(safe(url));
  const named = protocol === "tg:" ? searchParams.get("domain") : HOSTS.test(hostname) ? pathname.slice(1) : "";
  if (named?.toLowerCase() !== username.toLowerCase()) return undefined;
  return { payload: searchParams.get("start") ?? undefined };
}
