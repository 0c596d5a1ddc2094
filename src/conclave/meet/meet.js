/** The page: signs in, enters, leaves, and answers what happens outside of a meeting. */

import * as asks from "./asks.js";
import * as chat from "./chat.js";
import { Conclave, Refused } from "./conclave.js";
import * as controls from "./controls.js";
import * as doors from "./doors.js";
import { $, nameOf, setText } from "./dom.js";
import * as manage from "./manage.js";
import { Meeting } from "./meeting.js";
import * as sheets from "./sheets.js";
import * as toasts from "./toasts.js";
import * as words from "./words.js";

const VIEWS = ["sign-in", "lobby", "meeting"];
const OWN_ROOM_EXISTS = 100010;

/** @type {Conclave | null} */
let me = null;
/** What one is in. @type {Meeting | null} */
let meeting = null;
/** Invitations that one has received, by room id. @type {Map<string, any>} */
const invited = new Map();

function view(name) {
  for (const each of VIEWS) $(each).hidden = each !== name;
  if (name === "meeting") return;
  document.title = "Conclave";
  if (meeting) meeting.isOver = true;
  meeting = null;
  sheets.close();
}

// Signing in and out

async function signIn(who) {
  const deviceId = doors.kept().deviceId ?? crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  me = await Conclave.connect({ ...who, deviceId });
  doors.keep({ ...who, deviceId });
  me.on("*", hear);
  showLobby("");
}

function signOut(sentence) {
  const before = me;
  me = null;
  before?.close();
  invited.clear();
  showInvited();
  doors.forget();
  $("banner").hidden = true;
  view("sign-in");
  doors.problem("sign-in", sentence);
  $("in-user").focus();
}

function showLobby(news) {
  doors.keep({ room: "" });
  view("lobby");
  setText($("lobby-title"), `Hello, ${me.userId}`);
  setText($("lobby-news"), news);
  $("lobby-news").hidden = !news;
  if (news) toasts.announce(news);
  $("enter-room").focus();
}

// Entering and leaving

async function enter(roomId, password = "") {
  const snapshot = await me.enterRoom({ roomId, password });
  if (meeting) meeting.isOver = true;
  meeting = new Meeting(me, snapshot);
  doors.keep({ room: meeting.roomId });
  uninvite(meeting.roomId);
  toasts.clear();
  part("stage");
  view("meeting");
  meeting.begin(snapshot);
  $("room-name").focus();
}

async function create(params) {
  try {
    await me.createRoom(params);
  } catch (error) {
    if (!(error instanceof Refused && error.code === OWN_ROOM_EXISTS)) throw error; // it is there already: enter it
  }
  await enter(params.roomId);
}

async function leave() {
  const left = meeting;
  if ((await manage.openLeave(left)) && meeting === left) showLobby("");
}

// What happens

/** @param {import("./conclave.js").ConclaveEvent} event */
function hear(event) {
  const answer = ELSEWHERE[event.event];
  if (answer) answer(event);
  else if (isHere(event.roomId)) meeting.hear(event);
}

function isHere(roomId) {
  return meeting !== null && meeting.roomId === roomId;
}

/** Events that are more than news of the room. @type {Record<string, (event: any) => void>} */
const ELSEWHERE = {
  onRoomSnapshot({ data, roomId }) {
    if (isHere(roomId)) meeting.beginAnew(data);
  },
  onConnectionStateChanged({ data }) {
    $("banner").hidden = data.state !== "reconnecting";
    setText($("banner-text"), data.state === "reconnecting" ? "The connection was lost. Reconnecting…" : "");
    if (data.state === "connected") toasts.announce("Connected again.");
    if (data.state === "closed" && me) signOut(data.message ? `You are signed out: ${data.message}.` : "");
  },
  onRoomDismissed({ data, roomId }) {
    if (isHere(roomId)) showLobby(words.dismissed(data));
  },
  onKickedOutOfRoom({ data, roomId }) {
    if (isHere(roomId)) showLobby(words.kicked(data));
  },
  onReceiveInvitation({ data }) {
    invited.set(data.roomId, data);
    showInvited();
    toasts.announce(`${nameOf(data.invitation.inviter)} invites you into ${data.roomInfo?.roomName ?? data.roomId}.`);
  },
  onInvitationHandledByOtherDevice: ({ data }) => uninvite(data.roomId),
  onInvitationCancelled: ({ data }) => uninvite(data.roomId),
  onInvitationRevokedByAdmin: ({ data }) => uninvite(data.roomId),
  onInvitationTimeout({ data }) {
    if (data.invitation.invitee.userId === me.userId) uninvite(data.roomId);
    else toasts.tell(`${nameOf(data.invitation.invitee)} did not answer the invitation.`);
  },
  onInvitationAccepted: ({ data }) => toasts.tell(`${nameOf(data.invitation.invitee)} accepted the invitation.`),
  onInvitationRejected({ data }) {
    const why = data.reason === 1 ? "is in another meeting" : "declined the invitation";
    toasts.tell(`${nameOf(data.invitation.invitee)} ${why}.`);
  },
  onUserSigExpired() {
    toasts.tell("Your sign-in has expired. You stay here, but sign in anew before you come back.");
  },
};

function uninvite(roomId) {
  invited.delete(roomId);
  showInvited();
}

function showInvited() {
  asks.showInvitations(invited, async (roomId, isAccepted) => {
    uninvite(roomId);
    if (!isAccepted) await toasts.attempt(() => me.reject({ roomId, reason: 0 }));
    else if (await toasts.attempt(() => me.accept({ roomId }))) await toasts.attempt(() => enter(roomId));
  });
}

// The page's own controls

function part(which) {
  $("parts").dataset.part = which;
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.setAttribute("aria-current", String(tab.dataset.part === which));
  }
  chat.showUnread();
  if (which === "chat") $("chat-scroll").scrollTop = $("chat-scroll").scrollHeight;
}

function start() {
  doors.startLobby(enter, create);
  chat.start(() => meeting);
  controls.start(() => meeting);
  $("banner-retry").addEventListener("click", () => me?.reconnectNow());
  $("sign-out").addEventListener("click", () => signOut(""));
  $("open-manage").addEventListener("click", () => manage.openManage(meeting));
  $("open-invite").addEventListener("click", () => manage.openInvite(meeting));
  $("c-leave").addEventListener("click", leave);
  for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => part(tab.dataset.part));
}

/** Sign in with what the address or this tab knows; else show the form. */
async function arrive() {
  const how = await doors.settings();
  doors.showSignIn(how, signIn);
  const { room, ...who } = doors.visitor(how);
  $("enter-room").value = room;
  $("in-user").value = who.userId;
  if (who.sdkAppId) $("in-app").value = String(who.sdkAppId);
  const isKnown = who.userId && who.userSig && who.sdkAppId;
  if (!isKnown || !(await doors.submit("sign-in", () => signIn(who)))) {
    view("sign-in");
    $("in-user").focus();
  } else if (room) {
    await doors.submit("enter", () => enter(room));
  }
}

start();
await arrive();
