/**
 * A client of Conclave's member protocol: one ES module without dependencies.
 *
 *     import { Conclave } from "./conclave.js";
 *     const me = await Conclave.connect({ sdkAppId: 1400000001, userId: "ann", userSig: makeUserSig });
 *     me.on("onRemoteUserEnterRoom", ({ data }) => console.log(`${data.userInfo.userId} came in`));
 *     const snapshot = await me.enterRoom({ roomId: "room-1" });
 *
 * Every method of the protocol is a method of the object; parameters, results and events are those of
 * docs/reference/members.md. What always holds:
 *
 * - Every event of the room that one is in comes once, in its order, whatever becomes of connections. Where the server
 *   no longer knows what was missed, `onRoomSnapshot` comes instead, with the room as it stands.
 * - A call is sent at most once. When nobody knows whether it happened, it fails with `OutcomeUnknown`.
 * - A lost connection is restored for as long as it takes, with growing pauses, until `close` or `onKickedOffLine`.
 *
 * @typedef {"connected" | "reconnecting" | "closed"} State
 * @typedef {{event: string, data: any, roomId?: string, seq?: number}} ConclaveEvent
 * @typedef {(event: ConclaveEvent) => void} Handler
 *
 * @typedef {object} Options
 * @property {number} sdkAppId The application's id.
 * @property {string} userId Who logs in.
 * @property {string | (() => string | Promise<string>)} userSig A UserSig, or what makes a fresh one for each login.
 * @property {string} [url] The server, by default the one that this module comes from.
 * @property {string} [deviceId] The same on every login of one device; the newer connection replaces the older.
 * @property {string} [platform] "Web" by default.
 */

/** The methods of the protocol that one calls by name; `login`, `resume` and `ping` are the client's own affair. */
export const METHODS = Object.freeze([
  "accept",
  "acceptRemoteRequest",
  "addAttendeesByAdmin",
  "addCategoryTagForUsers",
  "applyToAdminToOpenLocalDevice",
  "cancelConference",
  "cancelInvitation",
  "cancelRequest",
  "changeUserNameCard",
  "changeUserRole",
  "closeLocalCamera",
  "closeLocalMicrophone",
  "closeRemoteDeviceByAdmin",
  "createAndJoinRoom",
  "createRoom",
  "deleteRoomMetadataByAdmin",
  "destroyRoom",
  "disableDeviceForAllUserByAdmin",
  "disableSendingMessageByAdmin",
  "disableSendingMessageForAllUser",
  "enterRoom",
  "exitRoom",
  "fetchAttendeeList",
  "fetchConferenceInfo",
  "fetchRoomInfo",
  "fetchScheduledConferenceList",
  "getBannedUserList",
  "getInvitationList",
  "getMessageList",
  "getRequestList",
  "getRoomMetadata",
  "getRoomSnapshot",
  "getSeatApplicationList",
  "getSeatList",
  "getSelfInfo",
  "getUserInfo",
  "getUserList",
  "getUserListByTag",
  "inviteUsers",
  "kickRemoteUserOutOfRoom",
  "kickUserOffSeatByAdmin",
  "leaveSeat",
  "lockSeatByAdmin",
  "logout",
  "moveToSeat",
  "moveUserToSeatByAdmin",
  "muteLocalAudio",
  "openLocalCamera",
  "openLocalMicrophone",
  "openRemoteDeviceByAdmin",
  "reject",
  "rejectRemoteRequest",
  "removeAttendeesByAdmin",
  "removeCategoryTagForUsers",
  "responseRemoteRequest",
  "scheduleConference",
  "sendCustomMessage",
  "sendTextMessage",
  "setCustomInfoForUser",
  "setMaxSeatCount",
  "setRoomMetadataByAdmin",
  "setSelfInfo",
  "startPushLocalVideo",
  "startScreenSharing",
  "stopPushLocalVideo",
  "stopScreenSharing",
  "takeSeat",
  "takeUserOnSeatByAdmin",
  "transferConferenceOwner",
  "unmuteLocalAudio",
  "updateConferenceInfo",
  "updateRoomInfo",
  "updateRoomNameByAdmin",
  "updateRoomPasswordByAdmin",
  "updateRoomSeatModeByAdmin",
  "updateRoomSpeechModeByAdmin",
]);

const CALL_MS = 15_000;
const PONG_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const MEMBERSHIP_ENDED = 4;
const OVER = [100004, 100005];
// The server's trouble, not the login's: it may be gone at the next attempt.
const PASSING = [-2, 60018, 70050, 100001];
const TIMED_OUT = 60008; // the server's own word for an outcome that is unknown
const ENTERING = ["enterRoom", "createAndJoinRoom"];
const LEAVING = ["exitRoom", "logout"];

/** Everything that the client throws. */
export class ConclaveError extends Error {}

/** The server refused: nothing was changed. `code` is one of docs/reference/errors.md. */
export class Refused extends ConclaveError {
  /** @param {string} method @param {number} code @param {string} info */
  constructor(method, code, info) {
    super(`${method} was refused: ${info} (${code})`);
    this.method = method;
    this.code = code;
    this.info = info;
  }
}

/** The call was not sent, as there is no connection: it did not happen. */
export class NotConnected extends ConclaveError {}

/** The call was sent, and no answer came, or 60008: it may have happened, or not. */
export class OutcomeUnknown extends ConclaveError {}

/** The client has ended for good and does not come back; the message says why. */
export class Ended extends ConclaveError {}

/** What became of a call that was answered with a code. @param {string} method @param {number} code @param {string} info */
function failure(method, code, info) {
  if (code === TIMED_OUT) return new OutcomeUnknown(`${method} may have happened: ${info} (${code})`);
  return new Refused(method, code, info);
}

/** One WebSocket: it breaks once and is done with. */
class Link {
  #socket;
  #onEvent;
  #calls = new Map();
  #lastId = 0;
  #sentAt = 0;
  #pinger = 0;
  /** @type {() => void} */
  onBroken = () => {};

  /** @param {WebSocket} socket @param {Handler} onEvent */
  constructor(socket, onEvent) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.onmessage = (message) => this.#take(message.data);
    socket.onerror = null;
    socket.onclose = () => this.cut();
  }

  /** @param {string} url @param {Handler} onEvent @returns {Promise<Link>} */
  static open(url, onEvent) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const late = setTimeout(() => socket.close(), CALL_MS);
      socket.onopen = () => {
        clearTimeout(late);
        resolve(new Link(socket, onEvent));
      };
      socket.onclose = () => {
        clearTimeout(late);
        reject(new NotConnected(`${url} does not answer`));
      };
    });
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /**
   * @param {string} method @param {object} params @param {number} timeout In milliseconds.
   * @param {(result: any) => void} [onAnswer] Called before any event that comes after the answer.
   * @returns {Promise<any>}
   */
  call(method, params, timeout, onAnswer) {
    if (!this.isOpen) {
      return Promise.reject(new NotConnected(`${method} was not sent: the connection is lost`));
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const late = setTimeout(() => {
        this.#calls.delete(id);
        reject(new OutcomeUnknown(`${method} was not answered in time; it may have happened`));
      }, timeout);
      this.#calls.set(id, { method, resolve, reject, onAnswer, late });
      this.#socket.send(JSON.stringify({ id, method, params }));
      this.#sentAt = Date.now();
    });
  }

  /** Send `ping` whenever nothing else was sent for so many milliseconds; without an answer the link ends. */
  keepAlive(interval) {
    this.#pinger = setInterval(() => {
      if (Date.now() - this.#sentAt >= interval * 0.9) this.probe();
    }, interval / 2);
  }

  /** Ask for a sign of life; without one the link ends. */
  probe() {
    this.call("ping", {}, PONG_MS).catch((error) => {
      if (!(error instanceof Refused)) this.cut();
    });
  }

  /** End the connection, without waiting for the other side; what waits for an answer fails. */
  cut() {
    clearInterval(this.#pinger);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    for (const { method, reject, late } of this.#calls.values()) {
      clearTimeout(late);
      reject(new OutcomeUnknown(`the connection broke before ${method} was answered; it may have happened`));
    }
    this.#calls.clear();
    const broken = this.onBroken;
    this.onBroken = () => {};
    broken();
  }

  #take(text) {
    const frame = JSON.parse(text);
    if ("event" in frame) {
      this.#onEvent(frame);
      return;
    }
    const call = this.#calls.get(frame.id);
    if (call === undefined) return;
    this.#calls.delete(frame.id);
    clearTimeout(call.late);
    if (frame.error) {
      call.reject(failure(call.method, frame.error.code, frame.error.message));
      return;
    }
    call.onAnswer?.(frame.result);
    call.resolve(frame.result);
  }
}

/** A member's connection, kept up until `close`. */
export class Conclave {
  #url;
  #options;
  /** @type {Link | null} */
  #link = null;
  /** @type {State} */
  #state = "reconnecting";
  /** @type {Ended | null} */
  #ended = null;
  #rules = {};
  #room = "";
  #seq = 0;
  /** How many frames of the event `#seq` came; `null` right after a snapshot, which holds the whole event. */
  #frames = null;
  /** @type {Map<string, Set<Handler>>} */
  #handlers = new Map();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #wake = () => {};
  /** The network is back, or the page is looked at again after who knows how long. */
  #look = () => {
    if (globalThis.document?.hidden) return;
    if (this.#link) this.#link.probe();
    else this.reconnectNow();
  };

  /** Use `connect`. @param {Options} options */
  constructor(options) {
    this.#options = { deviceId: crypto.randomUUID?.() ?? String(Math.random()), platform: "Web", ...options };
    const url = new URL("/v1/members", options.url ?? import.meta.url);
    url.protocol = url.protocol.replace("http", "ws");
    this.#url = url.href;
  }

  /**
   * Connect and log in, with one attempt; fails with `NotConnected` or `Refused`.
   * @param {Options} options @returns {Promise<Conclave>}
   */
  static async connect(options) {
    const me = new Conclave(options);
    await me.#connect();
    globalThis.addEventListener?.("online", me.#look);
    globalThis.document?.addEventListener("visibilitychange", me.#look);
    return me;
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /** The room that one is in, `""` for none. */
  get room() {
    return this.#room;
  }

  get userId() {
    return this.#options.userId;
  }

  /** What the last `login` answered: `pingInterval`, `grace`, `maxFrame` and the like. */
  get rules() {
    return this.#rules;
  }

  /**
   * Call `handler` with every event of that name, `"*"` for all; beside the protocol's there are
   * `onConnectionStateChanged` and `onRoomSnapshot`.
   * @param {string} event @param {Handler} handler @returns {() => void} What undoes it.
   */
  on(event, handler) {
    if (!this.#handlers.has(event)) this.#handlers.set(event, new Set());
    this.#handlers.get(event).add(handler);
    return () => this.off(event, handler);
  }

  /** @param {string} event @param {Handler} handler */
  off(event, handler) {
    this.#handlers.get(event)?.delete(handler);
  }

  /**
   * Call any method by its name; fails with `Refused`, `NotConnected` (not sent), `OutcomeUnknown` (sent, and no
   * answer) or `Ended`. While the connection is being restored calls wait for it.
   * @param {string} method @param {object} [params] @param {number} [timeout] In milliseconds.
   * @returns {Promise<any>}
   */
  async call(method, params = {}, timeout = CALL_MS) {
    const started = Date.now();
    await this.#connection(method, timeout);
    const left = Math.max(1, timeout - (Date.now() - started));
    return this.#link.call(method, params, left, (result) => this.#answered(method, result));
  }

  /** Try to connect at once instead of waiting for the next attempt. */
  reconnectNow() {
    this.#wake();
  }

  /** End the connection for good; the place in the room is kept for the grace time, unless `exitRoom` came before. */
  close() {
    this.#end(null);
  }

  /** Wait until there is a connection. */
  async #connection(method, timeout) {
    const deadline = Date.now() + timeout;
    while (this.#link === null) {
      if (this.#state === "closed") throw this.#ended ?? new Ended("the client was closed");
      const left = deadline - Date.now();
      if (left <= 0) throw new NotConnected(`${method} was not sent: there is no connection`);
      await new Promise((resolve) => {
        const late = setTimeout(() => go(), left);
        const go = () => {
          clearTimeout(late);
          this.#waiting.delete(go);
          resolve();
        };
        this.#waiting.add(go);
      });
    }
  }

  #answered(method, result) {
    if (ENTERING.includes(method)) this.#begin(result.roomInfo.roomId, result.seq);
    else if (LEAVING.includes(method)) this.#begin("", 0);
    if (method === "logout") this.#end(null);
  }

  #begin(room, seq) {
    this.#room = room;
    this.#seq = seq;
    this.#frames = null;
  }

  /** Count a frame, and hand it on. @param {ConclaveEvent} frame */
  #take(frame) {
    if (frame.seq !== undefined && frame.roomId === this.#room) {
      if (frame.event === "onRoomDismissed" || frame.event === "onKickedOutOfRoom") this.#begin("", 0);
      else if (frame.seq === this.#seq && this.#frames !== null) this.#frames += 1;
      else if (frame.seq > this.#seq) [this.#seq, this.#frames] = [frame.seq, 1];
    }
    this.#tell(frame);
    if (frame.event === "onKickedOffLine") this.#end(new Ended(frame.data.message || "the account logged in elsewhere"));
  }

  /** @param {ConclaveEvent} event */
  #tell(event) {
    for (const name of [event.event, "*"]) {
      for (const handler of [...(this.#handlers.get(name) ?? [])]) {
        try {
          handler(event);
        } catch (error) {
          console.error(error);
        }
      }
    }
  }

  #become(state, link) {
    this.#link = link;
    if (state === this.#state) return;
    this.#state = state;
    for (const go of [...this.#waiting]) go();
    this.#tell({ event: "onConnectionStateChanged", data: { state, message: this.#ended?.message ?? "" } });
  }

  /** @param {Ended | null} why */
  #end(why) {
    if (this.#state === "closed") return;
    const link = this.#link;
    this.#ended = why;
    this.#become("closed", null);
    globalThis.removeEventListener?.("online", this.#look);
    globalThis.document?.removeEventListener("visibilitychange", this.#look);
    this.#wake();
    if (link) {
      link.onBroken = () => {};
      setTimeout(() => link.cut()); // an answer that is being handed on comes first
    }
  }

  async #connect() {
    const { sdkAppId, userId, userSig, deviceId, platform } = this.#options;
    const token = typeof userSig === "function" ? await userSig() : userSig;
    const link = await Link.open(this.#url, (frame) => this.#take(frame));
    try {
      const login = { sdkAppId, userId, userSig: token, deviceId, platform, version: 1 };
      this.#rules = await link.call("login", login, CALL_MS);
      await this.#resume(link);
      if (!link.isOpen) throw new OutcomeUnknown("the connection broke at once");
    } catch (error) {
      link.cut();
      throw error;
    }
    if (this.#state === "closed") {
      link.cut();
      return;
    }
    link.keepAlive(this.#rules.pingInterval * 1000);
    link.onBroken = () => this.#lost();
    this.#become("connected", link);
  }

  /** Go on in the room that one was in; what was missed comes as events, or as a snapshot. @param {Link} link */
  async #resume(link) {
    if (!this.#room) return;
    const roomId = this.#room;
    const frames = this.#frames === null ? {} : { frames: this.#frames };
    try {
      await link.call("resume", { roomId, seq: this.#seq, ...frames }, CALL_MS, (result) => {
        if (this.#state !== "closed") this.#become("connected", link); // before what was missed, whatever comes first
        if (!result.snapshot) return;
        this.#begin(roomId, result.snapshot.seq);
        this.#tell({ event: "onRoomSnapshot", roomId, seq: result.snapshot.seq, data: result.snapshot });
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!OVER.includes(error.code)) throw new OutcomeUnknown(error.message);
      this.#begin("", 0);
      this.#tell({ event: "onKickedOutOfRoom", roomId, data: { roomId, reason: MEMBERSHIP_ENDED, message: error.info } });
    }
  }

  async #lost() {
    if (this.#state === "closed") return;
    this.#become("reconnecting", null);
    for (let attempt = 0; this.#state === "reconnecting"; attempt += 1) {
      await this.#pause(attempt);
      if (this.#state === "closed") return;
      try {
        await this.#connect();
      } catch (error) {
        this.#link = null;
        if (error instanceof Refused && !PASSING.includes(error.code)) {
          this.#end(new Ended(`the login is not accepted any more: ${error.info} (${error.code})`));
        } else if (!(error instanceof ConclaveError)) {
          this.#end(new Ended(`no UserSig could be made: ${error.message}`));
        } else if (this.#state === "connected") {
          this.#become("reconnecting", null);
        }
      }
    }
  }

  /** Wait before an attempt, longer each time up to a bound, and never all at the same moment. */
  #pause(attempt) {
    const bound = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, bound / 2 + (Math.random() * bound) / 2);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

for (const name of METHODS) {
  Object.defineProperty(Conclave.prototype, name, {
    /** @param {object} [params] @returns {Promise<any>} */
    value(params) {
      return this.call(name, params);
    },
  });
}
