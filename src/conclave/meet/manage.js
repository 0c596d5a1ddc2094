/** Dialogs about the whole room: what the owner and the administrators may change, inviting, leaving. */

import { el, icon } from "./dom.js";
import { OWNER } from "./room.js";
import * as sheets from "./sheets.js";
import { attempt, tell } from "./toasts.js";

const INVITATION_SECONDS = 120;

const BANS = [
  ["Microphones off for everyone", "isMicrophoneDisableForAllUser", (me, isDisable) => me.disableDeviceForAllUserByAdmin({ device: 1, isDisable })],
  ["Cameras off for everyone", "isCameraDisableForAllUser", (me, isDisable) => me.disableDeviceForAllUserByAdmin({ device: 2, isDisable })],
  ["Screen sharing off for everyone", "isScreenShareDisableForAllUser", (me, isDisable) => me.disableDeviceForAllUserByAdmin({ device: 3, isDisable })],
  ["Chat off for everyone", "isMessageDisableForAllUser", (me, isDisable) => me.disableSendingMessageForAllUser({ isDisable })],
];

/** Switches of the open dialog, so that they follow what others change. @type {{button: HTMLElement, isOn: (room: any) => boolean}[]} */
let switches = [];

/** Let the switches of the open dialog show how the room stands. */
export function show({ room }) {
  for (const { button, isOn } of switches) button.setAttribute("aria-checked", String(isOn(room)));
}

/** What the owner and the administrators may change. */
export function openManage(meeting) {
  const { me, room } = meeting;
  switches = BANS.map(([label, field, set]) => toggle(label, (now) => Boolean(now.info[field]), (on) => set(me, on)));
  if (room.hasSeats) {
    switches.push(toggle("Seats by application only", (now) => now.info.seatMode === 2,
      (on) => me.updateRoomSeatModeByAdmin({ seatMode: on ? 2 : 1 })));
  }
  show(meeting);
  const body = [
    lineForm("room-name-input", "Name of the room", room.info.roomName, 100, "text",
      async (said) => {
        const roomName = said.trim();
        if (!roomName) throw new Error("A room needs a name.");
        await me.updateRoomNameByAdmin({ roomName });
      }),
    el("div", { class: "switches", role: "group", "aria-label": "Rules for everyone but the owner and administrators" },
      ...switches.map(({ button }) => button)),
    lineForm("room-password-input", "Password, empty for none", "", 32, "password", async (password) => {
      await me.updateRoomPasswordByAdmin({ password });
      tell(password ? "The room has a new password." : "The room needs no password now.");
    }),
  ];
  if (room.role === OWNER) {
    body.push(el("button", { type: "button", class: "danger wide", text: "End the meeting for everyone",
      onclick: () => end(me) }));
  }
  sheets.open("Manage the room", "", ...body).then(() => (switches = []));
}

function toggle(label, isOn, set) {
  const change = () => attempt(() => set(button.getAttribute("aria-checked") !== "true"));
  const button = el("button", { type: "button", role: "switch", onclick: change }, el("span", { text: label }),
    el("span", { class: "knob", "aria-hidden": "true" }));
  return { button, isOn };
}

function lineForm(id, label, value, maxlength, type, save) {
  const input = el("input", { id, maxlength, type, autocomplete: type === "password" ? "new-password" : "off" });
  input.value = value;
  const submit = (event) => {
    event.preventDefault();
    attempt(() => save(input.value));
  };
  return el("form", { class: "row", onsubmit: submit }, el("div", { class: "field" }, el("label", { for: id, text: label }), input),
    el("button", { type: "submit", text: "Save", "aria-label": `Save: ${label}` }));
}

async function end(me) {
  sheets.close();
  const sure = await sheets.confirm("End the meeting for everyone?", "Everybody is put out, and the room is gone.", "End the meeting");
  if (sure) await attempt(() => me.destroyRoom());
}

/** Ask people to come in. */
export function openInvite({ me, room }) {
  const input = el("input", { id: "invite-input", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    placeholder: "ann, bob", autofocus: true });
  const submit = async (event) => {
    event.preventDefault();
    const userIdList = [...new Set(input.value.split(/[\s,;]+/).filter(Boolean))];
    if (!userIdList.length) return;
    const sent = await attempt(() => me.inviteUsers({ roomId: room.info.roomId, userIdList, timeout: INVITATION_SECONDS }));
    if (!sent) return;
    sheets.close();
    tell(invited(userIdList, sent.results));
  };
  const link = `${location.origin}${location.pathname}#room=${encodeURIComponent(room.info.roomId)}`;
  const copy = async () => {
    await attempt(() => navigator.clipboard.writeText(link));
    tell("The link is copied.");
  };
  sheets.open("Invite people", "Whoever is signed in now gets the invitation at once.",
    el("form", { class: "row", onsubmit: submit },
      el("div", { class: "field" }, el("label", { for: "invite-input", text: "User ids" }), input),
      el("button", { type: "submit", class: "primary", text: "Invite" })),
    ...(navigator.clipboard
      ? [el("button", { type: "button", onclick: copy }, icon("invite"), el("span", { text: "Copy a link to this room" }))]
      : []));
}

function invited(asked, results) {
  const of = (code) => asked.filter((user) => results[user] === code);
  const parts = [
    [of(0), "invited"],
    [of(1), "invited already"],
    [of(2), "here already"],
    [asked.filter((user) => !(user in results)), "not known to this application"],
  ];
  return parts.filter(([users]) => users.length).map(([users, what]) => `${users.join(", ")}: ${what}.`).join(" ");
}

/** Leave; the owner is asked what is to become of the room. */
export async function openLeave({ me, room }) {
  const leave = () => attempt(() => me.exitRoom());
  if (room.role !== OWNER) return leave();
  let left;
  await sheets.actions("Leave the room?", "The room goes on without you; you stay its owner.", [
    { icon: "leave", label: "Leave", run: () => (left = leave()) },
    { icon: "close", label: "End the meeting for everyone", danger: true, run: () => end(me) },
  ]);
  return left;
}
