/** The chat: messages and news in one line of time, and the field to write in. */

import { $, el, nameOf, setText, showList } from "./dom.js";
import { announce, attempt } from "./toasts.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const PAGE = 50;
let unread = 0;

/** @param {import("./meeting.js").Meeting} meeting */
export function show(meeting) {
  const { room } = meeting;
  const scroll = $("chat-scroll");
  const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  showList($("messages"), room.lines, (line) => line.key, (line, item) => fill(room, line, item), (line) => line.key);
  if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  const note = whyNot(room);
  setText($("chat-note"), note);
  $("chat-note").hidden = !note;
  $("chat-text").disabled = $("chat-send").disabled = note !== "";
  $("older").hidden = !room.hasOlder;
  showUnread();
}

function whyNot(room) {
  if (room.isAdministrator) return "";
  if (room.info.isMessageDisableForAllUser) return "Chat is off for everyone.";
  return room.self?.isMessageDisabled ? "You may not write in this chat." : "";
}

function fill(room, line, item) {
  if (line.text !== undefined) {
    item.className = "news";
    item.textContent = line.text;
    return;
  }
  const isOwn = line.sender.userId === room.me;
  item.className = isOwn ? "message own" : "message";
  const time = new Date(line.timestampInSecond * 1000);
  item.append(
    el("div", { class: "head" }, el("strong", { text: isOwn ? "You" : nameOf(line.sender) }),
      el("time", { datetime: time.toISOString(), text: clock.format(time) })),
    el("div", { class: "text", dir: "auto", text: line.textContent ?? `[${line.businessId}] ${line.data}` }),
  );
}

/** Get the messages that were sent before those that are here; at first the latest. */
export async function loadMessages(meeting, before) {
  const page = await attempt(() => meeting.me.getMessageList({ before, count: PAGE }));
  if (page) meeting.room.addMessages(page.list, before || !meeting.room.oldest ? page.next !== 0 : undefined);
}

/** Take a message that came. */
export function receive(meeting, { data }) {
  const isNew = meeting.room.addMessages([data]);
  meeting.room.trim();
  if (!isNew || data.sender.userId === meeting.room.me) return;
  announce(`${nameOf(data.sender)}: ${data.textContent ?? data.businessId}`);
  if (!isVisible()) unread += 1;
}

function isVisible() {
  return $("chat-scroll").offsetParent !== null;
}

export function showUnread() {
  if (isVisible()) unread = 0;
  $("unread-badge").hidden = $("unread-word").hidden = unread === 0;
  setText($("unread-badge"), unread ? String(unread) : "");
}

/** Begin with an empty chat. */
export function reset() {
  unread = 0;
  $("messages").replaceChildren();
  $("chat-text").value = "";
}

/** @param {() => import("./meeting.js").Meeting | null} current */
export function start(current) {
  $("chat-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = $("chat-text");
    const textContent = input.value.trim();
    if (!textContent || !current()) return;
    input.value = "";
    const sent = await attempt(() => current().me.sendTextMessage({ textContent }));
    if (!sent && !input.value) input.value = textContent;
  });
  $("older").addEventListener("click", async () => {
    const meeting = current();
    const scroll = $("chat-scroll");
    const below = scroll.scrollHeight - scroll.scrollTop;
    await loadMessages(meeting, meeting.room.oldest);
    meeting.show();
    scroll.scrollTop = scroll.scrollHeight - below;
  });
}
