/** One's own controls: microphone, camera, screen, hand, seat. */

import { $, setIcon, setText } from "./dom.js";
import { takeSeat } from "./stage.js";
import { attempt, tell } from "./toasts.js";

const CONTROLS = [
  { id: "c-mic", device: 1, field: "hasAudioStream", ban: "isMicrophoneDisableForAllUser", icons: ["mic-off", "mic"], open: "openLocalMicrophone", close: "closeLocalMicrophone" },
  { id: "c-cam", device: 2, field: "hasVideoStream", ban: "isCameraDisableForAllUser", icons: ["cam-off", "cam"], open: "openLocalCamera", close: "closeLocalCamera" },
  { id: "c-screen", device: 3, field: "hasScreenStream", ban: "isScreenShareDisableForAllUser", icons: ["screen", "screen"], open: "startScreenSharing", close: "stopScreenSharing" },
];
const NEED_CONSENT = [-2361, -2371, -2373];
const NEED_SEAT = 100206;

/** @param {import("./meeting.js").Meeting} meeting */
export function show({ room }) {
  for (const { id, field, icons } of CONTROLS) {
    const isOpen = Boolean(room.self?.[field]);
    $(id).setAttribute("aria-pressed", String(isOpen));
    setIcon($(id), icons[Number(isOpen)]);
  }
  const isUp = room.own.some(({ toUser }) => toUser === "");
  const mayTake = room.info.seatMode === 1 || room.isAdministrator;
  $("c-hand").setAttribute("aria-pressed", String(isUp));
  setText($("c-hand").querySelector("span"), isUp ? "Lower hand" : "Raise hand");
  $("c-hand").hidden = !isUp && (room.isAdministrator || (room.hasSeats && !room.isSeated && mayTake));
  $("c-seat").hidden = !room.hasSeats || !(room.isSeated || mayTake);
  setText($("c-seat").querySelector("span"), room.isSeated ? "Leave seat" : "Take a seat");
}

/** @param {() => import("./meeting.js").Meeting | null} current */
export function start(current) {
  for (const control of CONTROLS) $(control.id).addEventListener("click", () => toggle(current(), control));
  $("c-hand").addEventListener("click", () => hand(current()));
  $("c-seat").addEventListener("click", async () => {
    const { me, room } = current();
    if (room.isSeated) await attempt(() => me.leaveSeat());
    else await takeSeat(current(), -1);
  });
}

function toggle(meeting, { device, field, open, close }) {
  const { me, room } = meeting;
  if (room.self?.[field]) return attempt(() => me[close]());
  return attempt(() => me[open](), (error) => {
    if (NEED_CONSENT.includes(error.code)) return { label: "Raise hand", run: () => apply(meeting, device) };
    if (error.code === NEED_SEAT) return { label: "Take a seat", run: () => takeSeat(meeting, -1) };
    return undefined;
  });
}

/** Raise the hand for what one may not do by oneself, or take it down. */
async function hand(meeting) {
  const { me, room } = meeting;
  const up = room.own.find(({ toUser }) => toUser === "");
  if (up) {
    if (await attempt(() => me.cancelRequest({ requestId: up.requestId }))) {
      room.requests.delete(up.requestId);
      meeting.render();
    }
    return;
  }
  if (room.hasSeats && !room.isSeated) {
    await takeSeat(meeting, -1);
    return;
  }
  const barred = CONTROLS.find(({ ban, field }) => room.info[ban] && !room.self?.[field]);
  if (barred) await apply(meeting, barred.device);
  else tell("There is nothing to ask for: you may open your microphone, camera and screen yourself.");
}

async function apply(meeting, device) {
  const sent = await attempt(() => meeting.me.applyToAdminToOpenLocalDevice({ device, timeout: 0 }));
  if (sent?.requestId) await meeting.readRequests();
}
