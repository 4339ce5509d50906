"use strict";
// The player: steps through moments, forward and back, and lights the diagrams up. A moment is one
// step of one machine. Nothing that comes from a transcript is ever read as HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const MOST_MOMENTS = 60000;
const SHOWN_TURNS = 6;
const STEP_MS = 400;

const machines = [];
const turns = [];
const moments = [];   // {turn, machine, leaf, taken}
const changes = [];   // for each machine [moment, leaf], ascending
const jumps = [];     // for each machine [moment, transitions], ascending
let cursor = -1;
let pinned = "";      // the machine that is looked at; empty: the one that moves
let playing = 0;
let isFollowing = true;

// ---- model ----------------------------------------------------------------------------------

function machineIndex(name) {
  const known = machines.indexOf(name);
  if (known >= 0) return known;
  machines.push(name);
  changes.push([[-1, DATA.start[name] || ""]]);
  jumps.push([]);
  addButton(name);
  return machines.length - 1;
}

function addTurn(turn) {
  const index = turns.push(turn) - 1;
  turn.first = moments.length;
  if (turn.power) changes.forEach((list) => list.push([moments.length - 0.5, ""]));
  if (!turn.steps.length) moments.push({turn: index, machine: -1, leaf: "", taken: []});
  for (const [name, leaf, taken] of turn.steps) {
    const machine = machineIndex(name);
    if (leaf) changes[machine].push([moments.length, leaf]);
    jumps[machine].push([moments.length, taken]);
    moments.push({turn: index, machine, leaf, taken});
  }
  turn.end = moments.length - 1;
}

function latest(list, moment) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][0] <= moment) low = middle + 1; else high = middle;
  }
  return low ? list[low - 1] : null;
}

const leafOf = (machine, moment) => (latest(changes[machine], moment) || [0, ""])[1];
const chartOf = (name) => name.slice(0, name.lastIndexOf("."));

function chain(chart, leaf) {
  const parents = (DATA.charts[chart] || {parents: {}}).parents;
  const found = [];
  for (let state = leaf; state && state in parents; state = parents[state]) found.push(state);
  return found;
}

// ---- machines and diagrams ------------------------------------------------------------------

function text(tag, content, className) {
  const made = document.createElement(tag);
  made.textContent = content;
  if (className) made.className = className;
  return made;
}

function addButton(name) {
  const button = text("button", "");
  button.dataset.machine = name;
  button.append(text("b", name), text("span", ""));
  button.addEventListener("click", () => {
    pinned = pinned === name ? "" : name;
    byId("follow").checked = !pinned;
    byId("stage").classList.remove("all");
    byId("all").checked = false;
    draw();
  });
  byId("machines").append(button);
}

function shownMachine() {
  if (pinned) return machines.indexOf(pinned);
  for (let at = cursor; at >= 0; at--) if (moments[at].machine >= 0) return moments[at].machine;
  return Math.max(0, machines.indexOf("connector.1"));
}

// Whether a machine moves at this moment; of a station at work, whether it did in the last turn.
function hasMoved(machine) {
  if (cursor < 0) return false;
  if (moments[cursor].machine === machine) return true;
  const jump = DATA.live && isFollowing ? latest(jumps[machine], cursor) : null;
  return Boolean(jump) && jump[0] >= turns[moments[cursor].turn].first;
}

const painted = [];
function paint(id, ...names) {
  const found = byId(id);
  if (!found) return null;
  found.classList.add(...names);
  painted.push([found, names]);
  return found;
}

function paintMachine(machine) {
  const name = machines[machine], chart = chartOf(name);
  const now = hasMoved(machine);
  const [leaf, ...around] = chain(chart, leafOf(machine, cursor));
  let focus = null;
  if (leaf) {
    focus = paint(`${chart}--s-${leaf}`, "is-active");
    if (now && latest(changes[machine], cursor)[0] === latest(jumps[machine], cursor)[0]) paint(`${chart}--s-${leaf}`, "is-new");
  }
  around.forEach((state) => paint(`${chart}--s-${state}`, "is-around"));
  const jump = latest(jumps[machine], cursor);
  for (const taken of jump ? jump[1] : []) {
    const label = paint(`${chart}--t-${taken}`, "is-last", ...(now ? ["is-now"] : []));
    const line = label && label.closest(".line");
    if (line) paint(line.id, "is-last", ...(now ? ["is-now"] : []));
    if (label && now) focus = focus || label;
  }
  return focus;
}

function drawDiagrams() {
  for (const [found, names] of painted.splice(0)) found.classList.remove(...names);
  const isAll = byId("stage").classList.contains("all");
  const shown = shownMachine();
  const moved = cursor >= 0 ? moments[cursor].machine : -1;
  const of = {};  // of two machines of a chart the one that is looked at, or that moves
  machines.forEach((name, index) => {
    const chart = chartOf(name);
    if (!(chart in of) || index === moved || index === shown) of[chart] = index;
  });
  let focus = null;
  for (const figure of document.querySelectorAll("#stage figure")) {
    const machine = of[figure.dataset.chart];
    const isShown = machine === shown && machine !== undefined;
    figure.classList.toggle("shown", isShown);
    figure.classList.toggle("moved", machine !== undefined && hasMoved(machine));
    if (machine === undefined) continue;
    const note = figure.querySelector("svg").dataset.note;
    figure.querySelector("figcaption").textContent = `${machines[machine]}: ${leafOf(machine, cursor) || "off"}${note ? ` (${note})` : ""}`;
    if (!isAll && !isShown) continue;
    const found = paintMachine(machine);
    if (isShown) focus = found;
  }
  const isMissing = !isAll && !document.querySelector("#stage figure.shown");
  byId("missing").textContent = isMissing ? `${machines[shown] || "this machine"} has no drawing today` : "";
  if (isAll) return;
  zoom();
  if (focus) center(focus);
}

// Auto: as small as the pane wants, but never too small to be read; then the pane scrolls.
function zoom() {
  const stage = byId("stage"), found = stage.querySelector("figure.shown svg");
  if (!found) return;
  const {width, height} = found.viewBox.baseVal;
  const whole = Math.min(1, (stage.clientWidth - 24) / width, (stage.clientHeight - 44) / height);
  const scale = {auto: Math.max(whole, 0.8), whole, full: 1}[byId("zoom").value];
  found.setAttribute("width", String(width * scale));
  found.setAttribute("height", String(height * scale));
}

function center(found) {
  const stage = byId("stage"), view = stage.getBoundingClientRect(), box = found.getBoundingClientRect();
  const isSeen = box.left >= view.left && box.right <= view.right && box.top >= view.top && box.bottom <= view.bottom;
  if (isSeen) return;
  stage.scrollBy(box.left + box.width / 2 - view.left - view.width / 2, box.top + box.height / 2 - view.top - view.height / 2);
}

function drawMachines() {
  const shown = shownMachine();
  const wrong = cursor >= 0 ? turns[moments[cursor].turn].differences.map((item) => item[0]) : [];
  machines.forEach((name, index) => {
    const button = byId("machines").querySelector(`[data-machine="${CSS.escape(name)}"]`);
    const leaf = leafOf(index, cursor);
    const status = chain(chartOf(name), leaf).map((s) => DATA.charts[chartOf(name)].statuses[s]).find(Boolean);
    button.lastChild.textContent = (leaf || "off") + (status ? ` (${status})` : "");
    button.classList.toggle("moved", hasMoved(index));
    button.classList.toggle("wrong", wrong.includes(name));
    button.setAttribute("aria-pressed", String(index === shown));
  });
}

// ---- transcript -----------------------------------------------------------------------------

function drawLines() {
  const box = byId("lines");
  box.replaceChildren();
  if (cursor < 0) return;
  const now = moments[cursor].turn;
  for (let index = Math.max(0, now - SHOWN_TURNS + 1); index <= now; index++) box.append(turnBox(index, index === now));
  const mark = box.querySelector(".line.now") || box.lastChild;
  const view = box.getBoundingClientRect(), place = mark.getBoundingClientRect();
  if (place.top < view.top || place.bottom > view.bottom) box.scrollTop += place.bottom - view.bottom + 30;
}

function turnBox(index, isNow) {
  const turn = turns[index], found = text("div", "", isNow ? "turn now" : "turn");
  found.append(text("div", `${turn.time}${turn.line ? ` · line ${turn.line}` : ""}`, "when"));
  turn.differences.forEach(([, was, now, line]) => {
    const differs = text("div", "", "differs");
    differs.append(text("b", `line ${line}: today's charts go another way`), text("div", `was: ${was}`, "mono"), text("div", `today: ${now}`, "mono"));
    found.append(differs);
  });
  let step = turn.first - 1;
  turn.lines.forEach((line) => {
    if (/^\w+\.\d+ /.test(line)) step++;
    const isMoment = isNow && step === cursor && /^\w+\.\d+ /.test(line);
    found.append(text("div", line, isMoment ? "line mono now" : "line mono"));
  });
  return found;
}

// ---- timeline -------------------------------------------------------------------------------

function drawCursor() {
  const line = byId("line--cursor");
  if (!line || cursor < 0) return;
  const x = DATA.places[moments[cursor].turn], lanes = byId("lanes");
  line.setAttribute("transform", `translate(${x} 0)`);
  if (x < lanes.scrollLeft + 150 || x > lanes.scrollLeft + lanes.clientWidth - 60) lanes.scrollLeft = x - lanes.clientWidth / 2;
}

function prepareLanes() {
  const lanes = byId("lanes"), svg = lanes && lanes.querySelector("svg");
  if (!svg) return;
  const names = svg.querySelector('[id$="--names"]');
  lanes.addEventListener("scroll", () => names.setAttribute("transform", `translate(${lanes.scrollLeft} 0)`));
  svg.addEventListener("click", (event) => {
    const x = event.clientX - svg.getBoundingClientRect().left;
    let best = 0;
    DATA.places.forEach((place, index) => { if (Math.abs(place - x) < Math.abs(DATA.places[best] - x)) best = index; });
    if (turns.length) go(turns[best].first);
  });
}

// ---- moving ---------------------------------------------------------------------------------

function draw() {
  const slider = byId("slider");
  slider.max = String(Math.max(0, moments.length - 1));
  slider.value = String(Math.max(0, cursor));
  byId("clock").textContent = cursor >= 0 ? turns[moments[cursor].turn].time : "nothing has happened yet";
  byId("place").textContent = `${cursor + 1} of ${moments.length}`;
  drawMachines();
  drawDiagrams();
  drawLines();
  drawCursor();
}

function go(moment) {
  cursor = Math.min(moments.length - 1, Math.max(0, moment));
  isFollowing = cursor === moments.length - 1;
  draw();
}

function goTurn(by) {
  if (cursor < 0) return;
  const now = moments[cursor].turn, turn = turns[Math.min(turns.length - 1, Math.max(0, now + by))];
  go(by < 0 && cursor > turns[now].first ? turns[now].first : turn.first);
}

function goDifference(by) {
  const now = cursor >= 0 ? moments[cursor].turn : -1;
  const wrong = turns.map((turn, index) => (turn.differences.length ? index : -1)).filter((index) => index >= 0);
  const next = by > 0 ? wrong.find((index) => index > now) : wrong.filter((index) => index < now).pop();
  if (next !== undefined) go(turns[next].first);
}

function play(isOn) {
  clearInterval(playing);
  playing = isOn ? setInterval(() => (cursor < moments.length - 1 ? go(cursor + 1) : play(false)), STEP_MS / Number(byId("speed").value)) : 0;
  byId("play").textContent = playing ? "❚❚ pause" : "▶ play";
}

const KEYS = {
  ArrowRight: (event) => (event.shiftKey ? goTurn(1) : go(cursor + 1)),
  ArrowLeft: (event) => (event.shiftKey ? goTurn(-1) : go(cursor - 1)),
  Home: () => go(0),
  End: () => go(moments.length - 1),
  " ": () => play(!playing),
  n: () => goDifference(1),
  p: () => goDifference(-1),
};

document.addEventListener("keydown", (event) => {
  const isTheirs = event.target.matches("input:not([type]),select") || (event.key === " " && event.target.matches("button,input"));
  if (isTheirs || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key](event);
});

function on(id, kind, act) {
  const found = byId(id);
  if (found) found.addEventListener(kind, act);
}

on("first", "click", () => go(0));
on("back", "click", () => go(cursor - 1));
on("next", "click", () => go(cursor + 1));
on("last", "click", () => go(moments.length - 1));
on("play", "click", () => play(!playing));
on("speed", "change", () => playing && play(true));
on("slider", "input", (event) => go(Number(event.target.value)));
on("wrong-next", "click", () => goDifference(1));
on("follow", "change", (event) => { pinned = event.target.checked ? "" : machines[shownMachine()]; draw(); });
on("zoom", "change", draw);
addEventListener("resize", draw);
on("all", "change", (event) => {
  const stage = byId("stage");
  stage.classList.toggle("all", event.target.checked);
  for (const svg of stage.querySelectorAll("svg")) ["width", "height"].forEach((name) => svg.removeAttribute(name));
  stage.scrollTo(0, 0);
  draw();
});
on("stage", "click", (event) => {
  const link = event.target.closest("a");
  if (link) event.preventDefault();
  const figure = event.target.closest("figure");
  if (figure && byId("stage").classList.contains("all")) {
    const name = machines.find((item) => chartOf(item) === figure.dataset.chart);
    if (name) byId("machines").querySelector(`[data-machine="${CSS.escape(name)}"]`).click();
  }
});

DATA.machines.forEach(machineIndex);
DATA.turns.forEach(addTurn);
prepareLanes();
if (moments.length) go(DATA.cursor === "last" ? moments.length - 1 : 0); else draw();
