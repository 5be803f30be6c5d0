// A copy of web/index.html until the build embeds it (cmake/embed.cmake); a test compares the two.

#include <string_view>

namespace perennial::http {

extern const std::string_view page_text;
const std::string_view page_text = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Perennial</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M16 29V15M16 17C9 17 5 13 5 5c8 0 11 5 11 12zm0-3c0-6 4-9 11-9 0 7-4 10-11 10' fill='none' stroke='%232f7d4f' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E">
<style>
:root {
  --ground: #f6f7f5; --card: #ffffff; --ink: #1c211d; --soft: #5d675f; --line: #dfe4df; --leaf: #2f7d4f; --leaf-soft: #e4f1e8;
  --sky: #2a66a8; --sky-soft: #e3edf8; --sand: #8a6100; --sand-soft: #faf0d8; --red: #b3372c; --red-soft: #fbe7e4; --grey-soft: #eceeec;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121513; --card: #1a1f1c; --ink: #e6ebe7; --soft: #98a39b; --line: #2c332e; --leaf: #67c08b; --leaf-soft: #1c3526;
    --sky: #7db3ec; --sky-soft: #1a2d42; --sand: #e0b45a; --sand-soft: #372c12; --red: #f08a7e; --red-soft: #41201c; --grey-soft: #262c28;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 1; }
header > div, main { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header > div { display: flex; align-items: center; gap: 12px; min-height: 56px; }
header svg { width: 24px; height: 24px; color: var(--leaf); flex: none; }
h1 { font-size: 17px; margin: 0; letter-spacing: -.01em; }
#live { margin-left: auto; font-size: 13px; color: var(--soft); display: flex; align-items: center; gap: 8px; }
#live::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--sand); }
#live.on::before { background: var(--leaf); }
#live.off::before { background: var(--red); }
main { display: grid; grid-template-columns: minmax(0, 1fr) 370px; gap: 20px; padding-top: 20px; padding-bottom: 48px; align-items: start; }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { margin-bottom: 20px; overflow: hidden; }
.top { padding: 16px 20px; display: flex; flex-wrap: wrap; gap: 6px 28px; align-items: flex-end; border-bottom: 1px solid var(--line); }
.top h2 { margin: 0 auto 0 0; font-size: 20px; letter-spacing: -.015em; overflow-wrap: anywhere; }
.fact { font-size: 12px; color: var(--soft); }
.fact b { display: block; font-size: 16px; color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.fact.lead b { color: var(--leaf); }
.fact.next b { color: var(--sky); }
.part { padding: 14px 20px 16px; border-bottom: 1px solid var(--line); }
.part:last-child { border-bottom: 0; }
h3 { margin: 0 0 10px; font-size: 13px; font-weight: 600; color: var(--soft); }
.steps { display: flex; gap: 6px; margin-bottom: 12px; flex-wrap: wrap; }
.steps span { font-size: 12px; padding: 2px 10px; border-radius: 20px; background: var(--grey-soft); color: var(--soft); }
.steps span.done { background: var(--leaf-soft); color: var(--leaf); }
.steps span.now { background: var(--sky); color: var(--card); font-weight: 600; }
.bar { height: 10px; border-radius: 5px; background: var(--leaf); overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--sky); float: right; min-width: 3px; border-left: 2px solid var(--card); }
.legend { display: flex; justify-content: space-between; font-size: 13px; margin-top: 6px; gap: 12px; font-variant-numeric: tabular-nums; }
.legend span:first-child { color: var(--leaf); } .legend span:last-child { color: var(--sky); }
table { width: 100%; border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12px; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
tr:last-child td { border-bottom: 0; }
td:last-child, th:last-child { padding-right: 0; }
td.wide { min-width: 180px; } td.short { white-space: nowrap; }
.scroll { overflow-x: auto; }
.badge { display: inline-block; font-size: 12px; padding: 1px 8px; border-radius: 20px; background: var(--grey-soft); color: var(--soft); white-space: nowrap; }
.good { background: var(--leaf-soft); color: var(--leaf); } .info { background: var(--sky-soft); color: var(--sky); }
.warn { background: var(--sand-soft); color: var(--sand); } .bad { background: var(--red-soft); color: var(--red); }
.soft { color: var(--soft); }
.note { color: var(--soft); font-size: 13px; margin-top: 10px; }
#events { padding: 14px 20px 8px; }
#events ol { list-style: none; margin: 0; padding: 0; }
#events li { padding: 9px 0 9px 16px; border-top: 1px solid var(--line); position: relative; font-size: 13.5px; overflow-wrap: anywhere; }
#events li:first-child { border-top: 0; }
#events li::before { content: ""; position: absolute; left: 0; top: 16px; width: 7px; height: 7px; border-radius: 50%; background: var(--soft); opacity: .55; }
#events li:is(.good, .info, .warn, .bad)::before { opacity: 1; }
#events li.good::before { background: var(--leaf); } #events li.info::before { background: var(--sky); }
#events li.warn::before { background: var(--sand); } #events li.bad::before { background: var(--red); }
#events li.good, #events li.info, #events li.warn, #events li.bad { background: none; color: inherit; }
#events .line { display: flex; justify-content: space-between; gap: 10px; }
#events .line b { font-weight: 600; }
#events time { color: var(--soft); font-size: 12px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.empty { padding: 28px 20px; color: var(--soft); }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 5px 12px; cursor: pointer; }
button.main { background: var(--leaf); border-color: var(--leaf); color: var(--card); font-weight: 600; }
input { font: inherit; width: 100%; padding: 8px 10px; border: 1px solid var(--line); border-radius: 7px; background: var(--ground); color: var(--ink); margin: 4px 0 14px; }
:focus-visible { outline: 2px solid var(--sky); outline-offset: 2px; }
dialog { border: 1px solid var(--line); border-radius: 12px; background: var(--card); color: var(--ink); padding: 22px; width: min(380px, 92vw); }
dialog::backdrop { background: rgba(0, 0, 0, .45); }
dialog h2 { margin: 0 0 6px; font-size: 17px; } dialog p { margin: 0 0 14px; color: var(--soft); font-size: 13.5px; }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr); padding-left: 12px; padding-right: 12px; } .top, .part, #events { padding-left: 14px; padding-right: 14px; } .top h2 { width: 100%; } }
@media (max-width: 640px) {
  thead { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 9px 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td { border: 0; padding: 0; } td.wide { width: 100%; }
  td:nth-child(2) { flex: 1 0 75%; }
  td[data-label]::before { content: attr(data-label); display: block; font-size: 11.5px; color: var(--soft); }
}
</style>
</head>
<body>
<header><div>
  <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16 29V15M16 17C9 17 5 13 5 5c8 0 11 5 11 12zm0-3c0-6 4-9 11-9 0 7-4 10-11 10" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/></svg>
  <h1>Perennial</h1>
  <span id="live" role="status">connecting</span>
  <button id="forget" hidden>Forget token</button>
</div></header>
<main>
  <div id="models"><section class="empty">Loading…</section></div>
  <section id="events"><h3>Latest events</h3><ol></ol><p class="soft" id="quiet">Nothing has happened yet.</p></section>
</main>
<dialog id="ask"><form method="dialog">
  <h2>This server asks for a token</h2>
  <p>It stays in this tab and is gone when you close it.</p>
  <label>Token<input id="token" type="password" autocomplete="off" required></label>
  <button class="main" type="submit">Continue</button>
</form></dialog>
<script>
'use strict';
// All texts of the server reach the page as text nodes only.
const events_kept = 60;
const versions_shown = 8;
const by_id = (id) => document.getElementById(id);

function make(tag, looks, ...children) {
  const node = document.createElement(tag);
  if (looks) node.className = looks;
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

// ---- words ----
const number = (value, digits = 4) => typeof value === 'number' && isFinite(value) ? String(Number(value.toPrecision(digits))) : '–';
const percent = (value) => typeof value === 'number' ? Number((100 * value).toPrecision(3)) + ' %' : '–';
const version_of = (value) => value && typeof value === 'object' ? value.version || '–' : value || '–';
const as_list = (value, key) => Array.isArray(value) ? value : value && Array.isArray(value[key]) ? value[key] : [];
function moment(text) {
  const date = new Date(text);
  if (isNaN(date)) return text || '–';
  const today = date.toDateString() === new Date().toDateString();
  return today ? date.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'}) : date.toLocaleDateString(undefined, {day: 'numeric', month: 'short', year: 'numeric'}) + ', ' +
    date.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
}
const status_looks = {production: 'good', canary: 'info', shadow: 'info', quarantined: 'bad', rejected: 'warn'};
const verdict_looks = {pass: 'good', fail: 'bad', inconclusive: 'warn', invalid: 'warn'};
const verdict_words = {pass: 'good enough', fail: 'worse', inconclusive: 'too early to say', invalid: 'unusable'};
const event_words = {
  DriftDetected: ['warn', 'Inputs have drifted', (b) => as_list(b.columns).slice(0, 4).map((c) => c.column || c).join(', ')],
  DriftResolved: ['good', 'Inputs are back to normal'],
  DecayDetected: ['warn', 'Quality has decayed', (b) => b.metric ? b.metric + ' ' + number(b.current) + ', was ' + number(b.baseline) : ''],
  DecayResolved: ['good', 'Quality has recovered'],
  TriggerReceived: ['', 'Trigger received'],
  RetrainRequested: ['info', 'Retrain requested'],
  RetrainSkipped: ['', 'Retrain not needed'],
  JobQueued: ['', 'Training queued'],
  JobStarted: ['info', 'Training started'],
  RunFinished: ['info', 'Training finished'],
  RunFailed: ['bad', 'Training failed', (b) => b.error],
  GateEvaluated: ['', 'Gates judged', (b) => b.verdict || b.reason],
  VersionRegistered: ['info', 'Version registered', (b) => b.changelog],
  VersionStatusChanged: ['', 'Version changed', (b) => b.to ? 'now ' + b.to : ''],
  RolloutPlanned: ['info', 'Rollout begins'],
  RolloutAdvanced: ['info', 'Rollout advanced', (b) => b.weight !== undefined ? percent(b.weight) + ' of the traffic' : b.reason],
  RolloutAborted: ['bad', 'Rollout aborted'],
  RolloutCompleted: ['good', 'Rollout completed'],
  Promoted: ['good', 'Promoted'],
  RolledBack: ['bad', 'Rolled back to'],
  RollbackConfirmed: ['good', 'Rollback confirmed'],
  CycleEnded: ['', 'Cycle ended', (b) => b.outcome ? String(b.outcome).replaceAll('_', ' ') : ''],
  ModelConfigured: ['', 'Model configured'],
  ServerStarted: ['', 'Server started'],
  WarningRaised: ['warn', 'Warning'],
  SummaryRecorded: ['', 'Hourly summary'],
  AlertSent: ['', 'Alert sent'],
  AlertFailed: ['bad', 'Alert could not be sent'],
};

// ---- talking to the server ----
let token = sessionStorage.getItem('perennial-token') || '';
let asking = null;
function ask_for_token() {
  if (asking) return asking;
  asking = new Promise((done) => {
    const dialog = by_id('ask');
    by_id('token').value = '';
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => {
      token = by_id('token').value.trim();
      sessionStorage.setItem('perennial-token', token);
      asking = null;
      done();
    }, {once: true});
    dialog.showModal();
  });
  return asking;
}
by_id('forget').addEventListener('click', () => { sessionStorage.removeItem('perennial-token'); location.reload(); });

async function ask(path, options = {}) {
  for (;;) {
    const headers = Object.assign({}, options.headers, token ? {Authorization: 'Bearer ' + token} : {});
    const answer = await fetch(path, Object.assign({}, options, {headers, cache: 'no-store'}));
    if (answer.status !== 401) { by_id('forget').hidden = !token; return answer; }
    await ask_for_token();
  }
}
async function read(path) {
  const answer = await ask(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || 'status ' + answer.status);
  return body;
}
const model_path = (model, rest) => '/api/v1/models/' + encodeURIComponent(model) + rest;

// ---- a model ----
function fact(looks, name, value) { return make('div', 'fact ' + looks, name, make('b', '', value)); }

// Rows of cells under their titles; narrow screens show the titles that `labelled` names inside of the cells.
function grid(titles, labelled, rows) {
  const head = make('tr', '', ...titles.map((title) => make('th', '', title)));
  for (const row of rows)
    for (const i of labelled) row.children[i].dataset.label = titles[i];
  return make('div', 'scroll', make('table', '', make('thead', '', head), make('tbody', '', ...rows)));
}

function rollout_part(rollout) {
  const phases = ['shadow', 'canary', 'watch'];
  const at = phases.indexOf(rollout.phase);
  const words = {shadow: 'Shadow: scores copies', canary: 'Canary: answers a share', watch: 'Watch: promoted, may come back'};
  const steps = make('div', 'steps');
  phases.forEach((phase, i) => steps.append(make('span', i < at ? 'done' : i === at ? 'now' : '', words[phase])));
  const weight = typeof rollout.weight === 'number' ? rollout.weight : 0;
  const share = make('i');
  share.style.width = Math.max(0, Math.min(100, 100 * weight)) + '%';
  const part = make('div', 'part', make('h3', '', 'Running rollout'), steps, make('div', 'bar', share),
    make('div', 'legend', make('span', '', version_of(rollout.champion) + ' answers ' + percent(1 - weight)),
      make('span', '', version_of(rollout.challenger) + ' answers ' + percent(weight))));
  const evidence = rollout.evidence || {};
  const targets = Object.entries(evidence.targets || {});
  if (targets.length) {
    const rows = targets.map(([name, t]) => make('tr', '', make('td', '', make('b', '', name)),
      make('td', 'short', make('span', 'badge ' + (verdict_looks[t.verdict] || ''), verdict_words[t.verdict] || t.verdict || '–')),
      make('td', 'short', number(t.rows, 9)), make('td', 'short', number(t.loss_champion)),
      make('td', 'short', typeof t.loss_difference === 'number' ? (t.loss_difference > 0 ? '+' : '') + number(t.loss_difference).replace('-', '−') : '–'),
      make('td', 'wide soft', t.reason || '')));
    const table = grid(['Target', 'Challenger is', 'Labelled rows', 'Champion’s loss', 'Difference', 'Why'], [2, 3, 4], rows);
    table.style.marginTop = '12px';
    part.append(table);
  }
  const arm = evidence.challenger;
  if (arm && typeof arm === 'object')
    part.append(make('div', 'note', 'Challenger: ' + number(arm.requests, 9) + ' requests, ' + number(arm.errors, 9) + ' errors, p99 ' +
      (arm.latency_ms_p99 === null || arm.latency_ms_p99 === undefined ? 'not known' : number(arm.latency_ms_p99, 3) + ' ms')));
  return part;
}

function versions_part(versions) {
  const rows = versions.slice(0, versions_shown).map((v) => {
    const metrics = Object.entries(v.metrics || {}).slice(0, 3).map(([name, value]) => name + ' ' + number(value)).join('\n');
    const cell = make('td', 'short', metrics || '–');
    cell.style.whiteSpace = 'pre';
    return make('tr', '', make('td', 'short', make('b', '', v.version)), make('td', 'short', make('span', 'badge ' + (status_looks[v.status] || ''), v.status)),
      cell, make('td', 'short', moment(v.training_date || v.registered_at)), make('td', 'wide soft', v.quarantine_cause ? 'Quarantined: ' + v.quarantine_cause : v.changelog || ''));
  });
  const part = make('div', 'part', make('h3', '', 'Versions'), grid(['Version', 'Status', 'On its holdout', 'Trained', 'Why'], [2, 3], rows));
  if (versions.length > versions_shown) part.append(make('div', 'note', versions.length - versions_shown + ' older ones are not shown'));
  if (!versions.length) return make('div', 'part soft', 'No version yet: the first one is trained as soon as there is enough data.');
  return part;
}

async function model_card(m) {
  const name = m.model;
  const [rollout, versions] = await Promise.all([
    read(model_path(name, '/rollout')).catch(() => m.rollout || null),
    read(model_path(name, '/versions')).then((v) => as_list(v, 'versions')).catch(() => [])]);
  const running = rollout && rollout.phase && ['shadow', 'canary', 'watch'].includes(rollout.phase);
  const jobs = m.jobs && typeof m.jobs === 'object' ? (m.jobs.running ? 'running' : m.jobs.queued ? 'queued' : 'idle') : '–';
  const card = make('div', 'card', make('div', 'top', make('h2', '', name), fact('lead', 'Champion', version_of(m.champion)),
    fact('next', 'Challenger', version_of(m.challenger)), fact('', 'Training', jobs)));
  if (running) card.append(rollout_part(rollout));
  card.append(versions_part(versions));
  return card;
}

let refreshing = false, again = false;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  do {
    again = false;
    try {
      const status = await read('/api/v1/models');
      const cards = await Promise.all(as_list(status, 'models').map(model_card));
      by_id('models').replaceChildren(...(cards.length ? cards : [make('section', 'empty', 'No model is configured.')]));
    } catch (error) {
      if (!by_id('models').querySelector('.card')) by_id('models').replaceChildren(make('section', 'empty', 'The models can’t be shown: ' + error.message));
    }
  } while (again);
  refreshing = false;
}
let planned = null;
function refresh_soon() { if (!planned) planned = setTimeout(() => { planned = null; refresh(); }, 400); }

// ---- events ----
let newest = 0;
function show_event(event) {
  if (event.seq <= newest) return;
  newest = event.seq;
  const body = event.body || {};
  const [looks, title, detail] = event_words[event.type] || ['', event.type];
  const version = event.type === 'RolledBack' ? body.to : body.version || body.to;
  const time = make('time', '', moment(event.at));
  time.dateTime = event.at || '';
  const text = (detail && detail(body)) || body.reason || '';
  const item = make('li', looks, make('div', 'line', make('b', '', title + (version && title !== 'Version changed' ? ' ' + version_of(version) : version ? ' ' + version_of(body.version) : '')), time),
    make('div', 'soft', [event.model, String(text)].filter(Boolean).join(': ')));
  const list = document.querySelector('#events ol');
  list.prepend(item);
  while (list.children.length > events_kept) list.lastChild.remove();
  by_id('quiet').hidden = true;
  refresh_soon();
}

function live(state, text) { by_id('live').className = state; by_id('live').textContent = text; }

async function follow() {
  let wait = 500;
  for (;;) {
    try {
      const answer = await ask('/api/v1/events' + (newest ? '' : '?last=' + events_kept), newest ? {headers: {'Last-Event-ID': String(newest)}} : {});
      if (!answer.ok) throw new Error('status ' + answer.status);
      live('on', 'live');
      wait = 500;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const {done, value} = await reader.read();
        if (done) break;
        text += value;
        const parts = text.split('\n\n');
        text = parts.pop();
        for (const part of parts) {
          const data = part.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
          if (data) show_event(JSON.parse(data));
        }
      }
    } catch (error) { /* shown below, and tried again */ }
    live('off', 'no connection, trying again');
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(2 * wait, 15000);
    refresh_soon();
  }
}
refresh();
follow();
setInterval(refresh_soon, 10000);
</script>
</body>
</html>
)page";

}  // namespace perennial::http
