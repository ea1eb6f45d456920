"use strict";
// The camera at the door, where the browser can read a QR code itself (BarcodeDetector); otherwise the code is typed.
// Nothing leaves this page but the code, to our own server.

const form = document.getElementById("code-form");
const code = document.getElementById("code");
const outcome = document.getElementById("outcome");
const scan = document.getElementById("scan");
const camera = document.getElementById("camera");
const trouble = document.getElementById("trouble");
const SAME_CODE_AGAIN_MS = 4000;
let stream = null;
let last = { text: "", at: 0 };
let sending = false;

function tell(what) {
  trouble.textContent = what ? trouble.dataset[what] : "";
  trouble.hidden = !what;
}

async function letIn() {
  if (sending) return;
  sending = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    if (answer.type === "opaqueredirect") return void location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("outcome");
    if (!page) return void location.reload();
    outcome.replaceChildren(...page.childNodes);
    code.value = "";
    tell("");
  } catch {
    tell("network");
  } finally {
    sending = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  letIn().then(() => code.focus());
});

function stop() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  camera.hidden = true;
  [scan.textContent, scan.dataset.stop] = [scan.dataset.stop, scan.textContent];
}

async function watch(detector) {
  while (stream) {
    try {
      const [found] = await detector.detect(camera);
      const now = Date.now();
      if (found && !(found.rawValue === last.text && now - last.at < SAME_CODE_AGAIN_MS)) {
        last = { text: found.rawValue, at: now };
        code.value = found.rawValue;
        await letIn();
      }
    } catch {
      // a picture that is not there yet; the next one is
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function start() {
  if (stream) {
    stop();
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    tell("camera");
    return;
  }
  [scan.textContent, scan.dataset.stop] = [scan.dataset.stop, scan.textContent];
  camera.srcObject = stream;
  camera.hidden = false;
  await camera.play();
  watch(new BarcodeDetector({ formats: ["qr_code"] }));
}

async function offerCamera() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return;
  scan.hidden = false;
  scan.addEventListener("click", start);
}

const file = document.getElementById("file");
document.getElementById("file-field").hidden = false;
file.addEventListener("change", async () => {
  if (file.files.length) document.getElementById("list").value = await file.files[0].text();
});
offerCamera();
code.focus();
