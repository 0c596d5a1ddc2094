/** The meeting that one is in: hears what happens, carries the room on, and shows it. */

import * as asks from "./asks.js";
import * as chat from "./chat.js";
import * as controls from "./controls.js";
import { $, nameOf, setText } from "./dom.js";
import * as manage from "./manage.js";
import * as people from "./people.js";
import { Room } from "./room.js";
import * as stage from "./stage.js";
import * as toasts from "./toasts.js";
import * as words from "./words.js";

const ROLES = ["the owner", "an administrator", "a general user"];
const MESSAGES = ["onReceiveTextMessage", "onReceiveCustomMessage"];

export class Meeting {
  #isDue = false;

  /** @param {import("./conclave.js").Conclave} me @param {object} snapshot What entering answered. */
  constructor(me, snapshot) {
    this.me = me;
    this.room = new Room(me.userId, snapshot);
    this.isOver = false;
  }

  get roomId() {
    return this.room.info.roomId;
  }

  /** Begin to show it, and read what the snapshot has no place for. */
  async begin(snapshot) {
    chat.reset();
    this.show();
    await this.#fillUp(snapshot);
  }

  /** Begin anew, from a snapshot of now. */
  async beginAnew(snapshot) {
    this.room.load(snapshot);
    this.render();
    await this.#fillUp(snapshot);
  }

  /** Show it, once for all that happens now. */
  render() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (!this.isOver) this.show();
    });
  }

  show() {
    const { info, role, isAdministrator } = this.room;
    const count = info.roomMemberCount;
    setText($("room-name"), info.roomName);
    setText($("room-facts"), `${info.roomId} · ${count === 1 ? "1 person" : `${count} people`} · you are ${ROLES[role]}`);
    setText($("count-badge"), String(count));
    document.title = `${info.roomName} · Conclave`;
    $("open-manage").hidden = !isAdministrator;
    for (const part of [people, stage, asks, controls, chat, manage]) part.show(this);
  }

  /** Take an event of this room. @param {import("./conclave.js").ConclaveEvent} event */
  hear(event) {
    const { room } = this;
    const { role } = room;
    const request = room.requests.get(event.data.requestId);
    const line = words.news(event, (userId) => this.#name(userId)); // while those who leave are still known
    if (MESSAGES.includes(event.event)) chat.receive(this, event);
    room.apply(event);
    if (line) {
      room.addNews(line);
      room.trim();
      toasts.announce(line);
    }
    this.#tell(event, request, line);
    if (room.role !== role) this.readRequests();
    this.render();
  }

  /** Read the requests that one may answer, and one's own: nobody tells of those. */
  async readRequests() {
    const found = await toasts.attempt(() => this.me.getRequestList());
    if (found) this.room.setRequests(found.requestList);
    this.render();
  }

  /** What concerns oneself is more than news. */
  #tell({ event, data }, request, line) {
    if (event === "onKickedOffSeat") toasts.tell(line);
    if (event === "onRequestReceived") toasts.announce(words.asks(data.request, nameOf(data.request.fromUser)));
    if (event === "onRequestCallback") {
      const outcome = words.outcome(data.requestCallbackType, request, this.#name(request?.toUser ?? ""));
      if (outcome) toasts.tell(outcome);
    }
  }

  #name(userId) {
    const user = this.room.people.get(userId);
    return user ? nameOf(user) : userId;
  }

  /** Read further members, and what was said. */
  async #fillUp(snapshot) {
    await chat.loadMessages(this, 0);
    this.render();
    let next = snapshot.members.next ? { next: snapshot.members.next } : null;
    while (next && !this.isOver) {
      const page = await toasts.attempt(() => this.me.getUserList(next));
      if (!page) return;
      this.room.addPeople(page.userInfoList);
      next = page.nextSequence ? { nextSequence: page.nextSequence } : null;
      this.render();
    }
  }
}
