/** The list of people, and what one may do to each. */

import { $, avatar, el, icon, nameOf, showList } from "./dom.js";
import { ADMINISTRATOR, GENERAL, OWNER } from "./room.js";
import * as sheets from "./sheets.js";
import { attempt } from "./toasts.js";

const ROLES = ["Owner", "Administrator"];
const ASK_SECONDS = 60;

/** @param {import("./meeting.js").Meeting} meeting */
export function show(meeting) {
  const { room } = meeting;
  const people = [...room.people.values()].sort((a, b) => Number(b.userId === room.me) - Number(a.userId === room.me)
    || a.userRole - b.userRole || Number(room.hasHandUp(b.userId)) - Number(room.hasHandUp(a.userId)));
  const face = (user) => JSON.stringify([user, room.hasHandUp(user.userId), room.isSeated, room.role, room.seatOf(user.userId)?.index]);
  showList($("people"), people, (user) => user.userId, (user, item) => fill(meeting, user, item), face);
  const pending = [...room.invitations.values()];
  $("pending").hidden = pending.length === 0;
  showList($("pending-list"), pending, (each) => each.invitee.userId, (each, item) => fillPending(meeting, each, item),
    (each) => JSON.stringify([each, room.role]));
}

/** What the devices of somebody say, as icons. */
export function states(user) {
  return el("span", { class: "states" },
    el("span", { class: user.hasAudioStream ? "on" : "" },
      user.hasAudioStream ? icon("mic", "Microphone open") : icon("mic-off", "Microphone closed")),
    user.hasVideoStream ? el("span", { class: "on" }, icon("cam", "Camera open")) : null,
    user.hasScreenStream ? el("span", { class: "on" }, icon("screen", "Shares a screen")) : null,
    user.isMessageDisabled ? icon("chat-off", "May not write in the chat") : null);
}

function fill(meeting, user, item) {
  const { room } = meeting;
  item.className = "person";
  const isMe = user.userId === room.me;
  const role = ROLES[user.userRole];
  const chips = [role ?? "", user.isRobot ? "Robot" : ""].filter(Boolean);
  const name = el("span", { class: "name" }, el("span", { text: nameOf(user) }),
    isMe ? el("span", { class: "muted", text: "you" }) : null,
    ...chips.map((text) => el("span", { class: "chip", text })));
  const seat = room.seatOf(user.userId);
  const details = [nameOf(user) === user.userId ? "" : user.userId, seat ? `seat ${seat.index + 1}` : ""].filter(Boolean);
  const who = el("div", { class: "who" }, name, details.length ? el("span", { class: "id", text: details.join(" · ") }) : null);
  const shown = states(user);
  if (room.hasHandUp(user.userId)) shown.prepend(el("span", { class: "hand" }, icon("hand", "Hand raised")));
  item.append(avatar(user), who, shown);
  if (isMe || room.mayActOn(user)) {
    const more = () => openActions(meeting, user.userId);
    item.append(el("button", { type: "button", class: "quiet round", "aria-label": `Actions for ${nameOf(user)}`,
      "aria-haspopup": "dialog", "data-focus": "more", onclick: more }, icon("more")));
  }
}

function fillPending(meeting, { invitee, inviter }, item) {
  const { me, room } = meeting;
  item.className = "person";
  item.append(avatar(invitee), el("div", { class: "who" }, el("span", { class: "name", text: nameOf(invitee) }),
    el("span", { class: "id", text: `invited by ${nameOf(inviter)}` })));
  if (room.isAdministrator || inviter.userId === room.me) {
    const back = () => attempt(() => me.cancelInvitation({ roomId: room.info.roomId, userIdList: [invitee.userId] }));
    item.append(el("button", { type: "button", class: "small", text: "Take back", "data-focus": "back",
      "aria-label": `Take back the invitation of ${nameOf(invitee)}`, onclick: back }));
  }
}

/** Everything that may be done to somebody, as a dialog. */
export function openActions(meeting, userId) {
  const { room } = meeting;
  const user = room.people.get(userId);
  if (!user) return;
  const list = userId === room.me ? [nameCard(meeting, user)] : [
    ...deviceActions(meeting, user),
    ...seatActions(meeting, user),
    nameCard(meeting, user),
    muting(meeting, user),
    ...roleActions(meeting, user),
    null,
    kick(meeting, user),
  ];
  sheets.actions(nameOf(user), nameOf(user) === userId ? "" : userId, list);
}

function deviceActions(meeting, user) {
  const { me } = meeting;
  const { userId } = user;
  const ask = (device, word, symbol) => ({
    icon: symbol,
    label: `Ask to open the ${word}`,
    run: async () => {
      const sent = await attempt(() => me.openRemoteDeviceByAdmin({ userId, device, timeout: ASK_SECONDS }));
      if (sent) await meeting.readRequests();
    },
  });
  const shut = (device, word, symbol) => ({
    icon: symbol,
    label: device === 3 ? "Stop the shared screen" : `Close the ${word}`,
    run: () => attempt(() => me.closeRemoteDeviceByAdmin({ userId, device })),
  });
  return [
    user.hasAudioStream ? shut(1, "microphone", "mic-off") : ask(1, "microphone", "mic"),
    user.hasVideoStream ? shut(2, "camera", "cam-off") : ask(2, "camera", "cam"),
    ...(user.hasScreenStream ? [shut(3, "screen", "screen")] : []),
  ];
}

function seatActions(meeting, user) {
  const { me, room } = meeting;
  if (!room.hasSeats) return [];
  const { userId } = user;
  if (room.seatOf(userId)) {
    const off = () => attempt(() => me.kickUserOffSeatByAdmin({ seatIndex: -1, userId }));
    return [{ icon: "seat", label: "Take off the seat", run: off }];
  }
  const invite = async () => {
    const sent = await attempt(() => me.takeUserOnSeatByAdmin({ seatIndex: -1, userId, timeout: ASK_SECONDS }));
    if (sent) await meeting.readRequests();
  };
  return [{ icon: "seat", label: "Invite to a seat", run: invite }];
}

function nameCard({ me }, user) {
  const run = async () => {
    const label = "Name in this room";
    const said = await sheets.prompt(label, "Others see it instead of the user id.", label, user.nameCard, 32);
    if (said !== null) await attempt(() => me.changeUserNameCard({ userId: user.userId, nameCard: said.trim() }));
  };
  return { icon: "info", label: "Change the name in this room", run };
}

function muting({ me }, user) {
  const isDisable = !user.isMessageDisabled;
  const run = () => attempt(() => me.disableSendingMessageByAdmin({ userId: user.userId, isDisable }));
  return { icon: isDisable ? "chat-off" : "chat", label: isDisable ? "Bar from the chat" : "Allow to write again", run };
}

function roleActions({ me, room }, user) {
  if (room.role !== OWNER) return [];
  const { userId } = user;
  const make = (userRole) => attempt(() => me.changeUserRole({ userId, userRole }));
  const handOver = async () => {
    const sure = await sheets.confirm(`Hand the room over to ${nameOf(user)}?`,
      "They will own the room, and you will be a general user.", "Hand over");
    if (sure) await make(OWNER);
  };
  return [
    user.userRole === ADMINISTRATOR
      ? { icon: "people", label: "Take back the administrator’s role", run: () => make(GENERAL) }
      : { icon: "people", label: "Make an administrator", run: () => make(ADMINISTRATOR) },
    { icon: "mark", label: "Hand over the room", run: handOver },
  ];
}

function kick({ me }, user) {
  const run = async () => {
    const sure = await sheets.confirm(`Put ${nameOf(user)} out of the room?`, "They may come back.", "Put out");
    if (sure) await attempt(() => me.kickRemoteUserOutOfRoom({ userId: user.userId }));
  };
  return { icon: "leave", label: "Put out of the room", danger: true, run };
}
