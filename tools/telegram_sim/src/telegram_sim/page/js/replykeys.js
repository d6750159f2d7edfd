// The keyboard that a bot puts in place of the person's own. A message does not carry it, so it is known by the call.
import { attempt, element, toast } from "./dom.js";

const PHONE = "+12025550123";
const PLACE = { latitude: 52.5163, longitude: 13.3777 };

// What a call asked of the person's client; undefined if nothing.
export function markupOf({ status, params }) {
  const given = params?.reply_markup;
  if (status !== 200 || !given) return undefined;
  try {
    return typeof given === "string" ? JSON.parse(given) : given;
  } catch {
    return undefined; // the record keeps the beginning of what is very long
  }
}

// `person` tells who presses; `does` has send(text), post(fields of a message), and leave() for where the focus goes.
export function replyKeyboard(person, does) {
  const node = element("div", { className: "keys reply-keys", role: "group", "aria-label": "Keyboard", hidden: true });

  async function press(button, once) {
    if (once) {
      node.hidden = true;
      does.leave();
    }
    const { id, first_name: name } = person();
    if (button.request_contact) return does.post({ contact: { phone_number: PHONE, first_name: name, user_id: id } });
    if (button.request_location) return does.post({ location: PLACE });
    if (Object.keys(button).some((key) => /^(request_|web_app)/.test(key)))
      return toast("This kind of button is not simulated.");
    return does.send(button.text);
  }

  function show({ keyboard, one_time_keyboard: once }) {
    const rows = keyboard.map((row) => row.map((given) => (given?.text ? given : { text: String(given) })));
    node.replaceChildren(...rows.map((row) => element("div", {}, ...row.map((button) => key(button, once)))));
    node.hidden = false;
  }

  const key = (button, once) =>
    element("button", { type: "button", on: { click: attempt(() => press(button, once)) } }, button.text);
  const hide = () => {
    node.hidden = true;
  };
  return { node, show, hide };
}
