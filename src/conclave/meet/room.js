/** The room as it is known here: begun from a snapshot, carried on by events. Nothing of the page in it. */

export const OWNER = 0;
export const ADMINISTRATOR = 1;
export const GENERAL = 2;
const MOST_LINES = 500;

/** What changes which part of `roomInfo`. */
const OF_ROOM = {
  onRoomNameChanged: ["roomName", "roomName"],
  onRoomSeatModeChanged: ["seatMode", "seatMode"],
  onRoomUserCountChanged: ["roomMemberCount", "userCount"],
  onConferenceStatusChanged: ["status", "status"],
  onAllUserMicrophoneDisableChanged: ["isMicrophoneDisableForAllUser", "isDisable"],
  onAllUserCameraDisableChanged: ["isCameraDisableForAllUser", "isDisable"],
  onScreenShareForAllUserDisableChanged: ["isScreenShareDisableForAllUser", "isDisable"],
  onSendMessageForAllUserDisableChanged: ["isMessageDisableForAllUser", "isDisable"],
};

export class Room {
  /** @param {string} me @param {object} snapshot */
  constructor(me, snapshot) {
    this.me = me;
    /** Messages and news, in their order. @type {{key: string, sequence?: number}[]} */
    this.lines = [];
    this.lastLine = 0;
    /** Whether the server has messages from before those that are here. */
    this.hasOlder = false;
    this.load(snapshot);
  }

  /** Begin anew; what was said stays. */
  load({ roomInfo, role, members, seats, requests, invitations }) {
    this.info = roomInfo;
    this.firstRole = role;
    this.people = new Map(members.list.map((user) => [user.userId, user]));
    this.seats = seats;
    this.requests = new Map((requests ?? []).map((request) => [request.requestId, request]));
    this.invitations = new Map((invitations ?? []).map((each) => [each.invitee.userId, each]));
  }

  /** Add members whom the snapshot had no place for. */
  addPeople(users) {
    for (const user of users) this.people.set(user.userId, user);
  }

  get self() {
    return this.people.get(this.me);
  }

  get role() {
    return this.self?.userRole ?? this.firstRole;
  }

  get isAdministrator() {
    return this.role <= ADMINISTRATOR;
  }

  get hasSeats() {
    return this.info.isSeatEnabled;
  }

  get isSeated() {
    return this.seats.some((seat) => seat.userId === this.me);
  }

  /** The seat of a user, or `undefined`. */
  seatOf(userId) {
    return this.seats.find((seat) => seat.userId === userId);
  }

  /** Whether one may do something to somebody. */
  mayActOn(user) {
    return user.userId !== this.me && !user.isRobot && this.role < user.userRole;
  }

  /** Requests that one may answer. */
  get toAnswer() {
    return [...this.requests.values()].filter(({ fromUser, toUser }) =>
      fromUser.userId !== this.me && (toUser === this.me || (toUser === "" && this.isAdministrator)));
  }

  /** Requests of one's own. */
  get own() {
    return [...this.requests.values()].filter(({ fromUser }) => fromUser.userId === this.me);
  }

  /** Whether somebody has a hand up, as far as one is told. */
  hasHandUp(userId) {
    return [...this.requests.values()].some(({ fromUser, toUser }) => fromUser.userId === userId && toUser === "");
  }

  /** Carry on by one event. */
  apply({ event, data }) {
    if (event in OF_ROOM) {
      const [field, from] = OF_ROOM[event];
      this.info = { ...this.info, [field]: data[from] };
      return;
    }
    this.#applyToPeople(event, data);
    this.#applyToRequests(event, data);
  }

  #applyToPeople(event, data) {
    switch (event) {
      case "onRemoteUserEnterRoom":
      case "onUserInfoChanged":
        this.#know(data.userInfo);
        break;
      case "onRemoteUserLeaveRoom":
        this.people.delete(data.userInfo.userId);
        break;
      case "onConferenceOwnerChanged":
        this.info = { ...this.info, ownerId: data.newOwner.userId };
        for (const user of [data.newOwner, data.oldOwner]) if (this.people.has(user.userId)) this.#know(user);
        break;
      case "onUserAudioStateChanged":
        this.#change(data.userId, { hasAudioStream: data.hasAudio });
        break;
      case "onUserVideoStateChanged":
        this.#change(data.userId, { [data.streamType === 1 ? "hasScreenStream" : "hasVideoStream"]: data.hasVideo });
        break;
      case "onSendMessageForUserDisableChanged":
        this.#change(data.userId, { isMessageDisabled: data.isDisable });
        break;
      case "onSeatListChanged":
        this.seats = data.seatList;
        break;
      case "onRoomInfoChanged":
        this.info = { ...this.info, ...data.changed };
        break;
    }
  }

  #applyToRequests(event, data) {
    switch (event) {
      case "onRequestReceived":
        this.requests.set(data.request.requestId, data.request);
        break;
      case "onRequestCancelled":
      case "onRequestProcessed":
        this.requests.delete(data.request.requestId);
        break;
      case "onRequestCallback":
        this.requests.delete(data.requestId);
        break;
      case "onInvitationAdded":
        this.invitations.set(data.invitation.invitee.userId, data.invitation);
        break;
      case "onInvitationRemoved":
        this.invitations.delete(data.invitation.invitee.userId);
        break;
      case "onInvitationStatusChanged":
        if (data.invitation.status === 1) this.invitations.set(data.invitation.invitee.userId, data.invitation);
        else this.invitations.delete(data.invitation.invitee.userId);
        break;
    }
  }

  /** Take what getRequestList says. */
  setRequests(requests) {
    this.requests = new Map(requests.map((request) => [request.requestId, request]));
  }

  /** The number of the oldest message that is here, 0 for none. */
  get oldest() {
    return this.lines.find(({ sequence }) => sequence !== undefined)?.sequence ?? 0;
  }

  /**
   * Add messages, old or new; one that is known is not added again.
   * @param {any[]} messages @param {boolean} [hasOlder] Whether there are older ones, where that was said.
   * @returns {boolean} Whether any was new.
   */
  addMessages(messages, hasOlder = this.hasOlder) {
    const known = new Set(this.lines.map(({ sequence }) => sequence));
    const fresh = messages.filter(({ sequence }) => !known.has(sequence)).map((each) => ({ ...each, key: `m${each.sequence}` }));
    const isOlder = ({ sequence }) => sequence < this.oldest;
    this.hasOlder = hasOlder;
    this.lines = [...fresh.filter(isOlder), ...this.lines, ...fresh.filter((line) => !isOlder(line))];
    return fresh.length > 0;
  }

  addNews(text) {
    this.lastLine += 1;
    this.lines.push({ key: `n${this.lastLine}`, text });
  }

  /** Let go of the oldest lines; whoever scrolls back reads them again. */
  trim() {
    if (this.lines.length <= MOST_LINES) return;
    this.lines = this.lines.slice(-MOST_LINES);
    this.hasOlder = true;
  }

  #know(user) {
    this.people.set(user.userId, user);
    if (user.userId === this.me) this.firstRole = user.userRole;
  }

  #change(userId, fields) {
    const user = this.people.get(userId);
    if (user) this.people.set(userId, { ...user, ...fields });
  }
}
