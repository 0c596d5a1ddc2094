/** The stage: the seats and who sits on them; in a room without seats, those whose devices are open. */

import { $, avatar, el, icon, nameOf, setText, showList } from "./dom.js";
import { openActions, states } from "./people.js";
import * as sheets from "./sheets.js";
import { attempt } from "./toasts.js";

/** @param {import("./meeting.js").Meeting} meeting */
export function show(meeting) {
  const { room } = meeting;
  setText($("stage-title"), room.hasSeats ? "Seats" : "Stage");
  setText($("tab-stage"), room.hasSeats ? "Seats" : "Stage");
  const note = rules(room);
  setText($("rules-note"), note);
  $("rules-note").hidden = !note;
  if (room.hasSeats) showSeats(meeting);
  else showOpen(meeting);
}

/** What general users may not do now. */
function rules({ info }) {
  const off = [
    info.isMicrophoneDisableForAllUser ? "microphones" : "",
    info.isCameraDisableForAllUser ? "cameras" : "",
    info.isScreenShareDisableForAllUser ? "screen sharing" : "",
    info.isMessageDisableForAllUser ? "chat" : "",
  ].filter(Boolean);
  if (!off.length) return "";
  const last = off.pop();
  return `Off for everyone but the owner and administrators: ${off.length ? `${off.join(", ")} and ${last}` : last}.`;
}

function showOpen({ room }) {
  const open = [...room.people.values()].filter((user) => user.hasAudioStream || user.hasVideoStream || user.hasScreenStream);
  showList($("tiles"), open, (user) => `u${user.userId}`, (user, tile) => {
    tile.className = "tile live";
    tile.append(avatar(user), el("span", { class: "name", text: nameOf(user) }), states(user));
  });
  setText($("stage-empty"), "No microphone, camera or screen is open yet.");
  $("stage-empty").hidden = open.length > 0;
}

function showSeats(meeting) {
  const { room } = meeting;
  $("stage-empty").hidden = true;
  const face = (seat) => JSON.stringify([seat, room.people.get(seat.userId), room.role, room.isSeated, room.info.seatMode]);
  showList($("tiles"), room.seats, (seat) => `s${seat.index}`, (seat, tile) => fill(meeting, seat, tile), face);
}

function fill(meeting, seat, tile) {
  const { room } = meeting;
  const user = seat.userId ? (room.people.get(seat.userId) ?? { ...seat, userRole: 2 }) : null;
  tile.className = `tile${user ? "" : " free"}${user?.hasAudioStream ? " live" : ""}`;
  if (user) {
    tile.append(avatar(user), el("span", { class: "name", text: nameOf(user) }),
      el("span", { class: "visually-hidden", text: `Seat ${seat.index + 1}` }), barred(seat, states(user)));
  } else {
    tile.append(el("span", { class: "place" }, icon(seat.isLocked ? "lock" : "seat")), el("span", { class: "muted",
      text: seat.isLocked ? `Seat ${seat.index + 1} is locked` : `Seat ${seat.index + 1}` }));
    if (!seat.isLocked) tile.append(taking(meeting, seat));
  }
  if (room.isAdministrator) {
    tile.append(el("button", { type: "button", class: "quiet round tools", "aria-haspopup": "dialog", "data-focus": "tools",
      "aria-label": `Actions for seat ${seat.index + 1}`, onclick: () => openSeat(meeting, seat.index) }, icon("more")));
  }
}

function barred(seat, shown) {
  if (seat.isAudioLocked) shown.append(icon("lock", "Microphone barred on this seat"));
  if (seat.isVideoLocked) shown.append(icon("lock", "Camera barred on this seat"));
  return shown;
}

function taking(meeting, seat) {
  const { me, room } = meeting;
  const number = seat.index + 1;
  if (room.isSeated) {
    const move = () => attempt(() => me.moveToSeat({ targetSeatIndex: seat.index }));
    return el("button", { type: "button", class: "quiet small", text: "Move here", "data-focus": "take",
      "aria-label": `Move to seat ${number}`, onclick: move });
  }
  const isFree = room.info.seatMode === 1 || room.isAdministrator;
  return el("button", { type: "button", class: "small", text: isFree ? "Sit down" : "Ask for it", "data-focus": "take",
    "aria-label": isFree ? `Sit down on seat ${number}` : `Ask for seat ${number}`,
    onclick: () => takeSeat(meeting, seat.index) });
}

/** Sit down, or ask to. */
export async function takeSeat(meeting, seatIndex) {
  const taken = await attempt(() => meeting.me.takeSeat({ seatIndex, timeout: 0 }));
  if (taken?.requestId) await meeting.readRequests();
}

function openSeat(meeting, index) {
  const { me, room } = meeting;
  const seat = room.seats[index];
  if (!seat) return;
  const lock = (name, flag, on) => () => attempt(() => me.lockSeatByAdmin({ seatIndex: index, [name]: on, lockFlag: flag }));
  const list = [{ icon: "lock", label: seat.isLocked ? "Unlock the seat" : "Lock the seat", run: lock("lockSeat", 1, !seat.isLocked) }];
  if (seat.userId) {
    const { userId } = seat;
    const off = () => attempt(() => me.kickUserOffSeatByAdmin({ seatIndex: index, userId }));
    list.push(
      { icon: "mic-off", label: seat.isAudioLocked ? "Allow the microphone on it" : "Bar the microphone on it", run: lock("lockAudio", 4, !seat.isAudioLocked) },
      { icon: "cam-off", label: seat.isVideoLocked ? "Allow the camera on it" : "Bar the camera on it", run: lock("lockVideo", 2, !seat.isVideoLocked) },
      userId === room.me
        ? { icon: "leave", label: "Leave the seat", run: () => attempt(() => me.leaveSeat()) }
        : { icon: "leave", label: "Take off the seat", run: off },
    );
    const user = room.people.get(userId);
    if (user && room.mayActOn(user)) {
      list.push(null, { icon: "people", label: `More for ${nameOf(user)}`, run: () => openActions(meeting, userId) });
    }
  }
  sheets.actions(`Seat ${index + 1}`, seat.userId ? nameOf(seat) : "Nobody sits here.", list);
}
