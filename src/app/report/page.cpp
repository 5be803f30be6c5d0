#include "app/report/page.hpp"

#include "app/report/escape.hpp"

namespace perennial::app {
namespace {

constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--ink:#18212c;--soft:#566272;--line:#d9dfe6;--blue:#0072b2;
--orange:#d55e00;--green:#00805d;--amber:#e69f00;--purple:#a14a83;--grey:#8a95a3;--band-a:#f3f6fa;--band-b:#e4ecf5}
@media (prefers-color-scheme:dark){:root{--bg:#10141a;--card:#181e26;--ink:#e7ecf2;--soft:#9fabba;--line:#2c3541;
--blue:#56b4e9;--orange:#ff8a3d;--green:#2cc295;--amber:#f0c04a;--purple:#dc9ac4;--grey:#7d8896;--band-a:#1b222b;--band-b:#252f3b}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1060px;margin:0 auto;padding:28px 20px 40px}
header p{margin:0;color:var(--soft)}
.eyebrow{font-size:13px;letter-spacing:.04em;overflow-wrap:anywhere}
h1{font-size:clamp(22px,3.4vw,32px);line-height:1.22;margin:6px 0 8px;font-weight:680;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 4px;font-weight:650}
h2+p{margin:0 0 10px;color:var(--soft);max-width:76ch}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;margin-top:16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(142px,1fr));gap:12px;margin-top:18px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:12px 14px}
.tile span{display:block;color:var(--soft);font-size:13px;line-height:1.35}
.tile b{display:block;font-size:26px;line-height:1.25;font-weight:680;font-variant-numeric:tabular-nums}
.tile.good{border-top:3px solid var(--green)}.tile.bad{border-top:3px solid var(--orange)}
.chart{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
.narrow{display:none}
.chart text{fill:var(--soft)}.chart .row-name{fill:var(--ink)}.chart .band-name{font-size:11px}.chart .note{fill:var(--ink);font-size:13px}
.axis{stroke:var(--grey);fill:none}.grid{stroke:var(--line);fill:none}
.line{fill:none;stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round;stroke:var(--blue)}
.line.faint{stroke-width:1;opacity:.38}.line.never{stroke:var(--orange);stroke-width:2;stroke-dasharray:6 4}
.band.a{fill:var(--band-a)}.band.b{fill:var(--band-b)}
.strip{fill:var(--grey)}.strip.drift{fill:var(--purple)}.strip.decay{fill:var(--orange)}.strip.job{fill:var(--blue)}
.strip.failed{fill:var(--orange)}.strip.shadow{fill:var(--grey)}.strip.canary{fill:var(--amber)}.strip.watch{fill:var(--green);opacity:.55}
.strip.weak{opacity:.45}.strip.medium{opacity:.7}
.bars.reference{fill:var(--grey);opacity:.5}.bars.current{fill:none;stroke:var(--blue);stroke-width:1.6}.strip.reference{fill:var(--grey);opacity:.5}
.strip.current{fill:var(--blue);fill-opacity:.15;stroke:var(--blue);stroke-width:1.6}.bars.current{fill:var(--blue);fill-opacity:.15}
.upright{stroke:var(--grey);stroke-width:1;fill:none;stroke-dasharray:2 3;opacity:.8}.upright.back{stroke:var(--orange);stroke-dasharray:none;stroke-width:1.5}
.marker{fill:var(--blue)}.marker.good{fill:var(--green)}.marker.bad{fill:var(--orange)}.marker.open{fill:var(--amber)}.marker.skip{fill:var(--grey);opacity:.55}
.marker.cross{fill:none;stroke:var(--orange);stroke-width:2.2;stroke-linecap:round}
.key{width:26px;height:12px;vertical-align:-1px;margin-right:5px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft);margin:4px 0 8px;padding:0;list-style:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--soft);font-size:13px;padding:6px 12px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}td small{display:block;color:var(--soft);font-size:12.5px}
tbody tr:last-child td{border-bottom:0}
.pill{display:inline-block;border-radius:99px;padding:0 9px;font-size:12.5px;border:1px solid var(--line);white-space:nowrap}
.pill.good{border-color:var(--green);color:var(--green)}.pill.bad{border-color:var(--orange);color:var(--orange)}
.better{color:var(--green)}.worse{color:var(--orange)}
summary{cursor:pointer;font-weight:600}summary+*{margin-top:10px}
.filters{display:flex;flex-wrap:wrap;gap:6px;margin:10px 0}
.filters button{font:inherit;font-size:13px;color:var(--ink);background:none;border:1px solid var(--line);border-radius:99px;padding:2px 11px;cursor:pointer}
.filters button[aria-pressed=true]{border-color:var(--blue);color:var(--blue)}
ul{margin:6px 0 0;padding-left:20px}.legend{padding-left:0}footer{color:var(--soft);font-size:13px;margin-top:20px;overflow-wrap:anywhere}
.columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:14px;margin-top:12px}
.column{border:1px solid var(--line);border-radius:10px;padding:12px 14px;break-inside:avoid;min-width:0}
.column h3{margin:0;font-size:15px;display:flex;justify-content:space-between;gap:8px;overflow-wrap:anywhere}
.column p{margin:4px 0 6px;font-size:13px;color:var(--soft)}.column table{font-size:12.5px}.column td,.column th{padding:3px 7px 3px 0;font-size:12px}.column td:last-child,.column th:last-child{padding-right:0}
@media (max-width:640px){main{padding:18px 12px 28px}section{padding:14px 12px}.wide{display:none}.narrow{display:block}
.tiles{grid-template-columns:repeat(2,1fr);gap:8px}.tile b{font-size:22px}
table.stack thead{display:none}table.stack tr{display:block;padding:9px 0;border-bottom:1px solid var(--line)}table.stack tr[hidden]{display:none}
table.stack td{display:block;border:0;padding:1px 0;text-align:left;white-space:normal}
table.stack td[data-name]:not(:empty)::before{content:attr(data-name) ": ";color:var(--soft)}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444}main{max-width:none;padding:0}.tile,.chart,.column{break-inside:avoid}section,.tile{border-color:#bbb}h2{break-after:avoid}
.filters{display:none}tr{break-inside:avoid}}
)css";

// Filters the table of events. Without it, all events are shown.
constexpr std::string_view script = R"js(
(function(){var box=document.getElementById('filters');if(!box)return;box.hidden=false;
var rows=[].slice.call(document.querySelectorAll('tr[data-topic]'));
box.addEventListener('click',function(e){var b=e.target.closest('button');if(!b)return;
[].forEach.call(box.children,function(x){x.setAttribute('aria-pressed',x===b)});
var t=b.getAttribute('data-show');rows.forEach(function(r){r.hidden=t!=='all'&&r.getAttribute('data-topic')!==t})})})();
)js";

}  // namespace

std::string html_page(std::string_view title, std::string_view body) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\"><title>";
  page += escaped(title);
  page += "</title><style>";
  page += style;
  page += "</style></head><body><main>\n";
  page += body;
  page += "</main><script>";
  page += script;
  page += "</script></body></html>\n";
  return page;
}

std::string html_section(std::string_view heading, std::string_view body) {
  std::string section = "<section><h2>";
  section += escaped(heading);
  section += "</h2>";
  section += body;
  section += "</section>\n";
  return section;
}

std::string html_tile(std::string_view name, std::string_view value, std::string_view below, std::string_view mood) {
  std::string tile = "<div class=\"tile ";
  tile += mood;
  tile += "\"><span>" + escaped(name) + "</span><b>" + escaped(value) + "</b><span>" + escaped(below) + "</span></div>";
  return tile;
}

std::string html_chart(std::string_view wide, std::string_view narrow) {
  std::string chart = "<div class=\"wide\">";
  chart += wide;
  chart += "</div><div class=\"narrow\">";
  chart += narrow;
  chart += "</div>";
  return chart;
}

std::string html_legend(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string legend = "<ul class=\"legend\">";
  for (const auto& [key, name] : entries) legend += "<li>" + key + escaped(name) + "</li>";
  return legend + "</ul>";
}

std::string html_list(const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string list = "<ul>";
  for (const auto& line : lines) list += "<li>" + escaped(line) + "</li>";
  return list + "</ul>";
}

}  // namespace perennial::app
