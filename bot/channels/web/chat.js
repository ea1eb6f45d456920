"use strict";
// The page of the web chat. It builds every element by hand, so that no text of a message is ever read as markup.

const TEXTS = {
  zh: {
    skip: "直接去输入框", subtitle: "0到3岁，慢慢问，慢慢来", urgent: "叫不醒、喘不上气、抽搐、嘴唇发紫：马上打 120", label: "您的问题",
    placeholder: "孩子多大？想问什么？", send: "发送", other: "English", log: "对话", thinking: "正在查指南……",
    offline: "连不上，正在再试……", failed: "还是连不上。请看看网络，再按一次发送。孩子有危险，请马上打120。", me: "我：", bot: "七会：", save: "存下来：",
    large: "这个文件太大了，没有发出去。",
    near: "附近", here: "我的位置", locating: "正在看您在哪儿……", notLocated: "看不到您的位置。请在下面打区名或街道名，比如「静安区」。",
  },
  en: {
    skip: "Go to the question box", subtitle: "0 to 3, one question at a time", urgent: "Hard to wake, struggling to breathe, a fit, blue lips: call 120 now",
    label: "Your question", placeholder: "How old? What would you like to know?", send: "Send", other: "中文", log: "Conversation",
    thinking: "Looking it up ...", offline: "No connection, trying again ...",
    failed: "Still no connection. Please check the network and press Send again. If your child is in danger, call 120 now.", me: "Me: ", bot: "qihui: ", save: "Save:",
    large: "This file is too large and was not sent.",
    near: "Nearby", here: "My location", locating: "Finding where you are ...", notLocated: "Your location cannot be seen. Please type your district or street, for example Jing'an.",
  },
};
const TRIES = 3;
const MOST_FILE_BYTES = 200000;
const LOOK_EVERY_MS = 15000; // for messages that come by themselves; while nobody looks only every fourth time
const TITLE = document.title;
const log = document.getElementById("log");
const say = document.getElementById("say");
const send = document.getElementById("send");
const near = document.getElementById("near");
const status = document.getElementById("status");
let language = (navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en";
let waiting = false;
let received = [];
let looking = false;
let looks = 0;
const seen = new Set();

function showLanguage() {
  const words = TEXTS[language];
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = words[element.dataset.text];
  say.placeholder = words.placeholder;
  log.setAttribute("aria-label", words.log);
  const button = document.getElementById("language");
  button.textContent = words.other;
  button.lang = language === "zh" ? "en" : "zh-CN";
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function add(element) {
  log.append(element);
  element.scrollIntoView({ block: element.offsetHeight > log.clientHeight ? "start" : "end" });
}

function showMine(text) {
  const message = make("div", "message mine");
  message.append(make("span", "hidden", TEXTS[language].me), document.createTextNode(text));
  add(message);
}

// `at`: when a message came that nobody had asked for; such a one may have waited for days.
function showReply(reply, at) {
  const message = make("article", reply.urgent ? "message theirs urgent" : "message theirs");
  message.lang = reply.language === "zh" ? "zh-CN" : "en";
  if (reply.urgent) message.setAttribute("role", "alert");
  message.append(make("span", "hidden", TEXTS[language].bot));
  if (at) {
    const day = { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" };
    message.append(make("p", "note", new Date(at).toLocaleString(message.lang, day)));
  }
  let list = null;
  for (const line of reply.lines) {
    if (line.look === "bullet") {
      if (!list) message.append((list = make("ul")));
      list.append(withLinks(make("li"), line.text));
      continue;
    }
    list = null;
    message.append(withLinks(make(line.look === "title" ? "h2" : "p", line.look), line.text));
  }
  for (const row of reply.buttons) {
    const box = make("div", "buttons");
    for (const one of row) {
      const button = make("button", "", one.label);
      button.type = "button";
      button.addEventListener("click", () => {
        if (waiting) return;
        if (one.data.startsWith("records:how:")) return pickFile(() => deliver("button", one.data));
        if (/^[yn]:/.test(one.data)) for (const other of box.children) other.disabled = true;
        showMine(one.label);
        deliver("button", one.data);
      });
      box.append(button);
    }
    message.append(box);
  }
  if (reply.file) message.append(fileOf(reply.file));
  document.documentElement.classList.toggle("large", Boolean(reply.large));
  add(message);
}

// The text with its web addresses as links; they are opened only when somebody presses them.
const WEB_ADDRESS = /(https:[/]{2}[^\s，。；、（）《》]+)/;

function withLinks(element, text) {
  for (const part of text.split(WEB_ADDRESS)) {
    if (!WEB_ADDRESS.test(part)) {
      element.append(part);
      continue;
    }
    const link = make("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    element.append(link);
  }
  return element;
}

// A file that came with a reply: a picture is shown, everything else is a link that saves it. Only known kinds are
// opened, and never as a page of this site.
function fileOf(file) {
  const bytes = Uint8Array.from(atob(file.content), (character) => character.charCodeAt(0));
  if (file.type === "image/png") {
    const image = make("img", "picture");
    image.src = `data:image/png;base64,${file.content}`;
    image.alt = file.name;
    return image;
  }
  const link = make("a", "file", `${TEXTS[language].save} ${file.name}`);
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = file.name;
  return link;
}

// A table of records is picked with the device's own chooser. "Cancel" there leads to the words that explain it.
function pickFile(otherwise) {
  const picker = make("input");
  picker.type = "file";
  picker.accept = ".csv,.tsv,.txt,.json,text/csv,application/json";
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes.length > MOST_FILE_BYTES) {
      status.textContent = TEXTS[language].large;
      return;
    }
    showMine(file.name);
    deliver("file", file.name, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
  });
  picker.addEventListener("cancel", otherwise);
  picker.click();
}

async function call(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

function number() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function deliver(kind, content, file = "") {
  const id = number();
  waiting = true;
  send.disabled = true;
  status.textContent = TEXTS[language].thinking;
  let done = false;
  for (let attempt = 0; attempt < TRIES && !done; attempt += 1) {
    try {
      const answer = await call("/api/messages", { id, kind, content, file, language, again: attempt > 0 });
      if (answer.status === 401) {
        await fetch("/");
        continue;
      }
      if (!answer.ok && answer.status !== 429) throw new Error(String(answer.status));
      const { replies } = await answer.json();
      status.textContent = "";
      replies.forEach((reply) => showReply(reply));
      received.push(id);
      done = true;
    } catch {
      status.textContent = TEXTS[language].offline;
      await new Promise((resolve) => setTimeout(resolve, 800 * (attempt + 1)));
    }
  }
  waiting = false;
  send.disabled = false;
  if (!done) {
    status.textContent = TEXTS[language].failed;
    if (kind === "text" && !say.value) say.value = content;
    return;
  }
  const ids = received;
  received = [];
  call("/api/received", { ids }).catch(() => { received = ids.concat(received).slice(-50); });
}

// Messages that wait for this browser are shown and then let go of; while the page is hidden only their number is.
async function look() {
  if (looking || waiting) return;
  looking = true;
  try {
    const answer = await call("/api/inbox", { count_only: document.hidden });
    if (!answer.ok) return;
    const { unread, messages } = await answer.json();
    document.title = unread && document.hidden ? `(${unread}) ${TITLE}` : TITLE;
    for (const message of messages.filter((one) => !seen.has(one.id))) {
      seen.add(message.id);
      showReply(message, message.at);
    }
    if (messages.length) await call("/api/shown", { ids: messages.map((one) => one.id) });
  } catch {
    // no connection: they wait, and the next look finds them
  } finally {
    looking = false;
  }
}

function submit() {
  const text = say.value.trim();
  if (!text || waiting) return;
  say.value = "";
  fit();
  showMine(text);
  deliver("text", text);
  say.focus();
}

// Where the phone is, asked only when the button is pressed, sent once.
function findNear() {
  if (waiting) return;
  const lost = () => {
    near.disabled = false;
    status.textContent = TEXTS[language].notLocated;
    say.focus();
  };
  if (!navigator.geolocation) {
    lost();
    return;
  }
  near.disabled = true;
  status.textContent = TEXTS[language].locating;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    near.disabled = false;
    showMine(TEXTS[language].here);
    deliver("location", `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`);
  }, lost, { timeout: 10000, maximumAge: 60000 });
}

function fit() {
  say.style.height = "auto";
  say.style.height = `${say.scrollHeight + 2}px`;
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
say.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});
say.addEventListener("input", fit);
near.addEventListener("click", findNear);
document.getElementById("language").addEventListener("click", () => {
  if (waiting) return;
  language = language === "zh" ? "en" : "zh";
  showLanguage();
  deliver("button", `l:${language}`);
});
showLanguage();
// A link to an event opens the conversation at it; a page that is loaded again begins as usual.
const shared = /^[/]e[/]([0-9a-f]{16})$/.exec(location.pathname);
if (shared) history.replaceState(null, "", "/");
deliver("text", shared ? `/start event_${shared[1]}` : "/start").then(look);
setInterval(() => { looks += 1; if (!document.hidden || looks % 4 === 0) look(); }, LOOK_EVERY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
