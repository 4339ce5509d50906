// A station that works: turns come as events of the server, and buttons command the bench.
const events = new EventSource("/events");

function reset(start, kept) {
  for (const list of [turns, moments, machines, changes, jumps]) list.length = 0;
  DATA.start = start;
  byId("machines").replaceChildren();
  DATA.machines.forEach(machineIndex);
  cursor = -1;
  kept.forEach(addTurn);
  go(moments.length - 1);
}

function tellState(state) {
  if (!state) return;
  const outlet = (state.connectors || {})["1"] || {};
  const told = [
    ...Object.entries(state.statuses || {}).map(([id, status]) => `${id}: ${status}`),
    `link ${state.link}`, `registration ${state.registration || "none"}`, `queue ${state.queue}`,
    ...("register_wh" in outlet ? [`pilot ${outlet.pilot}`, `contact ${outlet.contactor.feedback}`, `${outlet.power_w} W`, `${outlet.register_wh} Wh`] : []),
  ];
  byId("statuses").replaceChildren(...told.map((item) => text("span", item, "chip")));
  const facts = Object.entries(state.facts || {});
  byId("facts").hidden = !facts.length;
  byId("fact-chips").replaceChildren(...facts.filter(([, holds]) => holds).map(([name]) => text("span", name, "chip on")));
}

function tellGone(why) {
  byId("verdict").textContent = why ? `the station does not answer (${why})` : "";
  byId("verdict").className = why ? "wrong" : "";
  for (const button of document.querySelectorAll("#bench button")) button.disabled = Boolean(why);
}

events.addEventListener("hello", (event) => {
  const {start, turns: kept, state, gone} = JSON.parse(event.data);
  reset(start, kept);
  tellState(state);
  tellGone(gone);
});
events.addEventListener("turns", (event) => {
  if (moments.length > MOST_MOMENTS) location.reload();
  const wasAtEnd = isFollowing || cursor === moments.length - 1;
  JSON.parse(event.data).forEach(addTurn);
  if (wasAtEnd && !playing) go(moments.length - 1); else draw();
});
events.addEventListener("state", (event) => tellState(JSON.parse(event.data)));
events.addEventListener("gone", (event) => tellGone(JSON.parse(event.data).why));
events.onerror = () => tellGone("the page has lost its server");

// ---- the bench ------------------------------------------------------------------------------

async function send(command) {
  let answer;
  try {
    const body = JSON.stringify(command);
    answer = await (await fetch("/do", {method: "POST", headers: {"Content-Type": "application/json"}, body})).json();
  } catch (error) {
    answer = {ok: false, error: "the page has lost its server"};
  }
  byId("said").textContent = answer.ok ? "" : answer.error;
}

function filled(value) {
  if (typeof value !== "string" || !value.startsWith("#")) return value;
  const given = byId(value.slice(1)).value;
  return value === "#watts" ? Number(given) : given;
}

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => {
    const command = JSON.parse(button.dataset.do);
    send(Object.fromEntries(Object.entries(command).map(([name, value]) => [name, filled(value)])));
  });
}

// A power cut takes a second click: the process ends at once, and somebody has to start it again.
on("power-cut", "click", (event) => {
  const button = event.target;
  if (button.classList.toggle("armed")) {
    button.textContent = "really cut it";
    setTimeout(() => { button.classList.remove("armed"); button.textContent = "cut the power"; }, 3000);
  } else {
    button.textContent = "cut the power";
    send({cmd: "power_cut"});
  }
});

pinned = "connector.1";
byId("follow").checked = false;
byId("wrong-next").hidden = true;
