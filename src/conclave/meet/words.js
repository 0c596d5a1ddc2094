/** What the page says: refusals, news and rules in words that a person understands. */

import { Ended, NotConnected, OutcomeUnknown, Refused } from "./conclave.js";

const REFUSALS = {
  "-2": "That was too fast. Wait a moment and try again.",
  "-1000": "There is no such application on this server.",
  "-1002": "You are signed out. Sign in again.",
  "-1109": "Somebody else is sharing a screen. Only one person can at a time.",
  "-2101": "You are not in a room.",
  "-2102": "The owner may not leave. Hand the room over first.",
  "-2104": "The room’s settings do not allow this.",
  "-2300": "Only the owner of the room may do this.",
  "-2301": "Only the owner and the administrators may do this.",
  "-2310": "This is not yours to answer or to take back.",
  "-2311": "This is over: somebody has answered it, or it was taken back.",
  "-2312": "You have asked for this already. Wait for the answer.",
  "-2360": "Microphones are barred on your seat.",
  "-2361": "Microphones are off for everyone. Raise your hand to ask for yours.",
  "-2370": "Cameras are barred on your seat.",
  "-2371": "Cameras are off for everyone. Raise your hand to ask for yours.",
  "-2372": "Sharing a screen is barred on your seat.",
  "-2373": "Screen sharing is off for everyone. Raise your hand to ask for it.",
  "-2380": "Chat is off for everyone.",
  7002: "This user id cannot be used: 1 to 32 bytes, no control characters.",
  9522: "The message is too long.",
  60016: "The application is switched off.",
  60018: "The server has too much to do. Try again in a moment.",
  60020: "The application’s plan has ended.",
  60021: "Your network address is not allowed.",
  70001: "Your sign-in has expired. Sign in again with a fresh UserSig.",
  70003: "This UserSig cannot be read. Was it copied whole?",
  70009: "This UserSig was not made for this application.",
  70013: "This UserSig belongs to another user id.",
  70014: "This UserSig belongs to another application.",
  70050: "Too many failed attempts. Wait a minute.",
  70052: "Your sign-in was withdrawn. Sign in again with a fresh UserSig.",
  100001: "Something went wrong inside the server. Try again.",
  100003: "A room with this id exists already. Enter it, or choose another id.",
  100004: "There is no such room, or it has ended.",
  100005: "This person is not in the room.",
  100006: "This is not permitted.",
  100007: "The application’s plan does not allow rooms.",
  100008: "The room is full.",
  100009: "There are too many different tags in this room.",
  100010: "You have a room with this id already. Enter it.",
  100011: "This id is taken by a chat group. Choose another one.",
  100012: "A room with this id ended just now. Wait a moment.",
  100013: "That is more than this application allows.",
  100015: "There is no such kind of room.",
  100016: "You are banned from this room.",
  100017: "You may not write in this chat.",
  100018: "This room needs a password.",
  100019: "This is not the room’s password.",
  100020: "A room has at most five administrators.",
  100102: "This contradicts a request that is waiting for an answer.",
  100200: "This seat is locked.",
  100202: "You have asked for a seat already.",
  100203: "You sit already.",
  100205: "All seats are taken.",
  100206: "You need a seat for this.",
  100210: "Somebody sits on this seat.",
  100211: "This room has no seats.",
  100252: "There is no such seat.",
  100500: "The room keeps at most ten notes.",
  100501: "This note is too long.",
  100502: "The room’s notes are too long together.",
  100503: "There is no such note.",
  100504: "The name of the note is empty or too long.",
  101011: "The application has too many rooms.",
};

const KICKED = [
  "You were put out of the room.",
  "You entered the room on another device.",
  "The server put you out of the room.",
  "You were gone for too long and left the room.",
  "Your stay in the room ended while you were not connected.",
  "This device entered another room.",
];

export const DEVICES = { 1: "microphone", 2: "camera", 3: "screen" };
const OF_ACTION = { 1: 2, 2: 1, 6: 2, 7: 1, 8: 3 };

/** What a failed call says to a person. @param {unknown} error */
export function sentence(error) {
  if (error instanceof Refused) return REFUSALS[error.code] ?? `${capital(error.info)}. (${error.code})`;
  if (error instanceof OutcomeUnknown) {
    return "Nobody knows whether that happened: no answer came in time. See for yourself, then try again.";
  }
  if (error instanceof NotConnected) return "There is no connection to the server. Nothing was changed.";
  if (error instanceof Ended) return `You are signed out: ${error.message}.`;
  return error instanceof Error ? error.message : String(error);
}

/** Why somebody is not in the room any more. */
export function kicked({ reason, message }) {
  const why = KICKED[reason] ?? KICKED[0];
  return message && reason !== 4 && reason !== 1 ? `${why} (${message})` : why;
}

/** Why the room ended. */
export function dismissed({ reason }) {
  return reason === 1 ? "The owner ended the meeting." : "The meeting was ended by the server.";
}

/** The device that a request is about, 0 for a seat. */
export function deviceOf(request) {
  return OF_ACTION[request.requestAction] ?? 0;
}

/** What somebody asks of one. @param {object} request @param {string} name */
export function asks(request, name) {
  const device = DEVICES[deviceOf(request)];
  switch (request.requestAction) {
    case 1:
    case 2:
      return `${name} asks you to open your ${device}.`;
    case 4:
      return request.seatIndex >= 0 ? `${name} would like seat ${request.seatIndex + 1}.` : `${name} would like a seat.`;
    case 5:
      return `${name} invites you to take a seat.`;
    case 8:
      return `${name} would like to share a screen.`;
    default:
      return `${name} would like to open the ${device}.`;
  }
}

/** What one has asked for oneself. */
export function asked(request, targetName) {
  const device = deviceOf(request);
  if (request.requestAction === 5) return `You invited ${targetName} to a seat.`;
  if (request.toUser) return `You asked ${targetName} to open the ${DEVICES[device]}.`;
  if (!device) return "Your hand is up: you asked for a seat.";
  return `Your hand is up: you asked ${device === 3 ? "to share your screen" : `to open your ${DEVICES[device]}`}.`;
}

/** What became of a request of one's own. */
export function outcome(type, request, targetName) {
  const what = request ? deviceOf(request) : 0;
  if (request?.toUser) return [`${targetName} agreed.`, `${targetName} declined.`, "", `${targetName} did not answer.`, ""][type] ?? "";
  if (type === 0) return what ? `You may ${what === 3 ? "share your screen" : `open your ${DEVICES[what]}`} now.` : "You have a seat now.";
  return ["", "Your request was declined.", "Your request is not needed any more.", "Nobody answered your request.", "Your request cannot be met any more."][type] ?? "";
}

const SWITCHES = {
  onAllUserMicrophoneDisableChanged: "Microphones",
  onAllUserCameraDisableChanged: "Cameras",
  onScreenShareForAllUserDisableChanged: "Screen sharing",
  onSendMessageForAllUserDisableChanged: "Chat",
};

/**
 * What an event is to people, as a line; `""` for none.
 * @param {{event: string, data: any}} event @param {(id: string) => string} name Of a user id.
 */
export function news({ event, data }, name) {
  const by = data.operator === undefined ? "" : by_(data.operator, name);
  switch (event) {
    case "onRemoteUserEnterRoom":
      return `${name(data.userInfo.userId)} came in.`;
    case "onRemoteUserLeaveRoom":
      return `${name(data.userInfo.userId)} ${{ Kicked: "was put out", Expired: "was lost" }[data.reason] ?? "left"}.`;
    case "onRoomNameChanged":
      return `The room is called “${data.roomName}” now${by}.`;
    case "onRoomSeatModeChanged":
      return data.seatMode === 2 ? `Seats are by application now${by}.` : `Seats are free to take now${by}.`;
    case "onUserRoleChanged":
      return `${name(data.userId)} is ${["the owner", "an administrator", "a general user"][data.userRole]} now.`;
    case "onSendMessageForUserDisableChanged":
      return `${name(data.userId)} may ${data.isDisable ? "not write any more" : "write again"}${by}.`;
    case "onKickedOffSeat":
      return "You were taken off your seat.";
    default:
      return event in SWITCHES
        ? `${SWITCHES[event]} ${plural(event) ? "are" : "is"} ${data.isDisable ? "off for everyone" : "allowed again"}${by}.`
        : "";
  }
}

function plural(event) {
  return event === "onAllUserMicrophoneDisableChanged" || event === "onAllUserCameraDisableChanged";
}

function by_(operator, name) {
  const id = typeof operator === "string" ? operator : operator?.userId;
  return id && !id.startsWith("@") ? ` (by ${name(id)})` : "";
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
