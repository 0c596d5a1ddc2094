/** The way in: signing in, and the lobby with its two forms. */

import { $ } from "./dom.js";
import { Refused } from "./conclave.js";
import { sentence } from "./words.js";

const KEPT = "conclave.sign-in";
const NEEDS_PASSWORD = [100018, 100019];

/**
 * Who comes, as the address says after `#`, or as this tab knows.
 * @param {{sdkAppId: number | null}} how @returns {{sdkAppId: number, userId: string, userSig: string, room: string}}
 */
export function visitor(how) {
  const said = fromAddress();
  const known = kept();
  const { sdkAppId, userId, userSig } = said.userId ? said : known;
  return {
    sdkAppId: sdkAppId ?? how.sdkAppId ?? 0,
    userId: userId ?? "",
    userSig: userSig ?? "",
    room: said.room || known.room || "",
  };
}

/** What the address says; it is taken out of the address bar, as it may hold a UserSig. */
function fromAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (["sdkappid", "user", "usersig", "room"].some((name) => said.has(name))) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return {
    sdkAppId: Number(said.get("sdkappid")) || null,
    userId: said.get("user") ?? "",
    userSig: said.get("usersig") ?? "",
    room: said.get("room") ?? "",
  };
}

/** What this tab keeps, so that a reload comes back. */
export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

export function keep(what) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...what }));
}

export function forget() {
  sessionStorage.removeItem(KEPT);
}

/** How one signs in here. @returns {Promise<{signInByName: boolean, sdkAppId: number | null}>} */
export async function settings() {
  try {
    const answer = await fetch("settings.json");
    return await answer.json();
  } catch {
    return { signInByName: false, sdkAppId: null };
  }
}

/** Get a UserSig by name alone; only a server in development mode gives one. */
async function signByName(sdkAppId, userId) {
  const body = JSON.stringify(sdkAppId ? { sdkAppId, userId } : { userId });
  const answer = await fetch("sign-in", { method: "POST", body });
  const said = await answer.json().catch(() => ({ message: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Error(`That did not work: ${said.message}.`);
  return said;
}

/**
 * Show the form for signing in.
 * @param {{signInByName: boolean, sdkAppId: number | null}} how
 * @param {(who: {sdkAppId: number, userId: string, userSig: string}) => Promise<void>} signIn
 */
export function showSignIn(how, signIn) {
  $("field-sig").hidden = how.signInByName;
  $("field-app").hidden = how.signInByName && how.sdkAppId !== null;
  $("sign-in-hint").textContent = how.signInByName
    ? "Development mode: any name will do. Switch it off where real meetings are held."
    : "Your application’s backend makes the UserSig for you.";
  if (how.sdkAppId !== null) $("in-app").value = String(how.sdkAppId);
  $("sign-in-form").onsubmit = (event) => {
    event.preventDefault();
    submit("sign-in", async () => {
      const [sdkAppId, userId, userSig] = [Number($("in-app").value), $("in-user").value.trim(), $("in-sig").value.trim()];
      need(userId, "Enter a user id.");
      need(sdkAppId || how.signInByName, "Enter the application’s SDKAppID, a number.");
      need(userSig || how.signInByName, "Enter a UserSig.");
      await signIn(how.signInByName ? await signByName(sdkAppId, userId) : { sdkAppId, userId, userSig });
      $("in-sig").value = "";
    });
  };
}

/**
 * Let the forms of the lobby work.
 * @param {(roomId: string, password: string) => Promise<void>} enter
 * @param {(params: object) => Promise<void>} create
 */
export function startLobby(enter, create) {
  $("enter-form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit("enter", async () => {
      need($("enter-room").value, "Enter the room’s id.");
      try {
        await enter($("enter-room").value, $("enter-password").value);
      } catch (error) {
        if (error instanceof Refused && NEEDS_PASSWORD.includes(error.code)) {
          $("field-password").hidden = false;
          $("enter-password").focus();
        }
        throw error;
      }
    });
  });
  $("enter-room").addEventListener("input", () => {
    $("field-password").hidden = true;
    $("enter-password").value = "";
  });
  $("create-seats").addEventListener("change", () => ($("field-count").hidden = $("create-seats").value === "0"));
  $("create-form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit("create", async () => {
      const [roomId, roomName, seatMode] = [$("create-room").value, $("create-name").value.trim(), Number($("create-seats").value)];
      need(roomId, "Choose an id for the room.");
      const seats = seatMode ? { isSeatEnabled: true, seatMode, maxSeatCount: Number($("create-count").value) || 1 } : {};
      await create({ roomId, ...(roomName ? { roomName } : {}), ...seats });
    });
  });
}

/** Run a form: one submission at a time, and what went wrong beside its fields. @returns {Promise<boolean>} */
export async function submit(name, work) {
  const button = $(`${name}-form`).querySelector("button[type=submit]");
  if (button.disabled) return false;
  button.disabled = true;
  problem(name, "");
  try {
    await work();
    return true;
  } catch (error) {
    problem(name, sentence(error));
    return false;
  } finally {
    button.disabled = false;
  }
}

export function problem(name, text) {
  $(`${name}-problem`).textContent = text;
  $(`${name}-problem`).hidden = !text;
}

function need(value, otherwise) {
  if (!value) throw new Error(otherwise);
}
