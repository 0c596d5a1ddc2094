/** What waits for an answer: raised hands, what one is asked, one's own requests, and invitations. */

import { $, avatar, el, nameOf, showList } from "./dom.js";
import { attempt } from "./toasts.js";
import { asked, asks, deviceOf } from "./words.js";

const OPEN = { 1: "openLocalMicrophone", 2: "openLocalCamera", 3: "startScreenSharing" };

/** @param {import("./meeting.js").Meeting} meeting */
export function show(meeting) {
  const { room } = meeting;
  const waiting = [...room.toAnswer.map((request) => ({ request, isOwn: false })),
    ...room.own.map((request) => ({ request, isOwn: true }))];
  $("asks").hidden = waiting.length === 0;
  showList($("asks-list"), waiting, ({ request }) => request.requestId, ({ request, isOwn }, item) => {
    item.className = "ask";
    if (isOwn) fillOwn(meeting, request, item);
    else fillAsk(meeting, request, item);
  });
}

function fillOwn(meeting, request, item) {
  const { me, room } = meeting;
  const target = room.people.get(request.toUser);
  const cancel = async () => {
    if (await attempt(() => me.cancelRequest({ requestId: request.requestId }))) forget(meeting, request);
  };
  item.append(el("p", { text: asked(request, target ? nameOf(target) : request.toUser) }),
    answers(button("Take back", cancel)));
}

function fillAsk(meeting, request, item) {
  const { me, room } = meeting;
  const { requestId, fromUser } = request;
  const agree = async () => {
    const agreed = await attempt(() => me.acceptRemoteRequest({ requestId }));
    if (!agreed) return;
    forget(meeting, request);
    const device = deviceOf(request);
    if (request.toUser === room.me && device) await attempt(() => me[OPEN[device]]());
  };
  const decline = async () => {
    if (await attempt(() => me.rejectRemoteRequest({ requestId }))) forget(meeting, request);
  };
  const isForMe = request.toUser === room.me;
  item.append(avatar(fromUser), el("p", { text: asks(request, nameOf(fromUser)) }), answers(
    button(isForMe ? "Not now" : "Decline", decline, `Decline: ${nameOf(fromUser)}`),
    button(isForMe ? "Agree" : "Accept", agree, `Accept: ${nameOf(fromUser)}`, "small primary"),
  ));
}

function forget(meeting, request) {
  meeting.room.requests.delete(request.requestId);
  meeting.render();
}

function answers(...buttons) {
  return el("div", { class: "answers" }, ...buttons);
}

function button(text, onclick, label = null, className = "small") {
  return el("button", { type: "button", class: className, text, onclick, "aria-label": label, "data-focus": text });
}

/**
 * Show the invitations that one has received, wherever one is.
 * @param {Map<string, any>} received By room id. @param {(roomId: string, isAccepted: boolean) => void} answer
 */
export function showInvitations(received, answer) {
  const invitations = [...received.values()];
  $("invited").hidden = invitations.length === 0;
  showList($("invited-list"), invitations, ({ roomId }) => roomId, ({ roomId, roomInfo, invitation, extensionInfo }, item) => {
    item.className = "ask";
    const name = roomInfo?.roomName || roomId;
    const from = nameOf(invitation.inviter);
    item.append(avatar(invitation.inviter),
      el("p", { text: `${from} invites you into “${name}”.${extensionInfo ? ` ${extensionInfo}` : ""}` }),
      answers(button("Decline", () => answer(roomId, false), `Decline the invitation of ${from}`),
        button("Enter", () => answer(roomId, true), `Accept the invitation of ${from}, and enter`, "small primary")));
  });
}
