#include "app/report/replay_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/report/body.hpp"
#include "app/report/escape.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t metrics_per_version = 4;
constexpr std::array topics{std::pair{"all", "everything"},    std::pair{"drift", "drift"},
                            std::pair{"quality", "quality"},   std::pair{"decision", "decisions"},
                            std::pair{"training", "training"}, std::pair{"gate", "gates"},
                            std::pair{"version", "versions"},  std::pair{"rollout", "rollout"},
                            std::pair{"alert", "alerts"},      std::pair{"run", "start and end"}};

std::string pill(const std::string& status) {
  const char* mood = status == "production" ? "good" : status == "quarantined" || status == "rejected" ? "bad" : "";
  return fmt::format("<span class=\"pill {}\">{}</span>", mood, escaped(status));
}

/// "2026-11-21 09:30:00".
std::string time_in_words(TimePoint at) {
  std::string text = format_time(at);
  if (const auto t = text.rfind('T'); t != std::string::npos) text[t] = ' ';
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

/// What is known of a version from the journal only.
struct Story {
  Json registered = Json::object();
  std::string taken_back;  ///< why
};

std::map<std::string, Story> stories_of(const std::vector<Event>& events) {
  std::map<std::string, Story> stories;
  for (const auto& event : events) {
    if (event.type == event_type::version_registered) stories[text_of(event.body, "version")].registered = event.body;
    // The reason of a rollback or an abort says more than the cause that the change of status repeats.
    const bool back = event.type == event_type::rolled_back;
    if (back || event.type == event_type::rollout_aborted)
      stories[text_of(event.body, back ? "from" : "version")].taken_back = text_of(event.body, "reason");
    if (event.type == event_type::version_status_changed) {
      const std::string to = text_of(event.body, "to");
      Story& story = stories[text_of(event.body, "version")];
      if ((to == "quarantined" || to == "rejected") && story.taken_back.empty())
        story.taken_back = text_of(event.body, "cause");
    }
  }
  return stories;
}

std::string metrics_cell(const Json& metrics, const Json& champion, const std::string& primary, bool higher_is_better) {
  std::vector<std::string> names;
  if (metrics.contains(primary)) names.push_back(primary);
  for (const auto& [name, value] : metrics.items())
    if (name != primary && value.is_number() && names.size() < metrics_per_version) names.push_back(name);
  std::string cell;
  for (const auto& name : names) {
    if (!metrics[name].is_number()) continue;
    const double value = metrics[name].get<double>();
    std::string line = fmt::format("{} {}", escaped(name), number_in_words(value));
    if (champion.contains(name) && champion[name].is_number()) {
      const double before = champion[name].get<double>();
      line += fmt::format(", champion {}", number_in_words(before));
      if (name == primary && number_in_words(value) != number_in_words(before))
        line += (value > before) == higher_is_better ? " <span class=\"better\">better</span>"
                                                     : " <span class=\"worse\">worse</span>";
    }
    cell += name == primary ? line : "<small>" + line + "</small>";
  }
  return cell;
}

}  // namespace

std::string versions_table(const ReplayPage& page) {
  const Json& report = page.report;
  const Json& versions = list_of(report, "versions");
  if (versions.empty()) return "<p>No version was registered.</p>";
  const auto stories = stories_of(page.events);
  const std::string primary = text_of(report, "metric");
  const bool higher = flag_of(report, "higher_is_better", true);
  std::string table =
      "<div class=\"scroll\"><table "
      "class=\"stack\"><thead><tr><th>Version</th><th>Parent</th><th>Status</th><th>Trained to</th>"
      "<th>On its holdout</th><th>Why</th></tr></thead><tbody>";
  for (const auto& version : versions) {
    const std::string number = text_of(version, "version");
    const auto found = stories.find(number);
    const Story story = found == stories.end() ? Story{} : found->second;
    std::string why = escaped(text_of(story.registered, "changelog"));
    if (why.empty()) why = escaped(text_of(story.registered, "trigger"));
    if (!story.taken_back.empty())
      why += fmt::format("<small class=\"worse\">{}: {}</small>", escaped(text_of(version, "status")),
                         escaped(story.taken_back));
    table += fmt::format(
        "<tr><td class=\"t\"><b>{}</b></td><td class=\"t\" data-name=\"Parent\">{}</td><td data-name=\"Status\">{}</td>"
        "<td class=\"t\" data-name=\"Trained to\">{}</td><td>{}</td><td>{}</td></tr>",
        escaped(number), escaped(text_of(version, "parent")), pill(text_of(version, "status")),
        escaped(text_of(version, "data_version")),
        metrics_cell(object_of(version, "metrics"), object_of(story.registered, "champion_metrics"), primary, higher),
        why);
  }
  return table + "</tbody></table></div>";
}

std::string events_table(const ReplayPage& page, const Timeline& timeline) {
  const auto& events = page.events;
  const std::size_t left_out = events.size() > replay_html_events ? events.size() - replay_html_events : 0;
  std::map<std::string_view, std::size_t> counts;
  for (std::size_t i = left_out; i < events.size(); ++i) ++counts[topic_of(events[i].type)];

  std::string table =
      fmt::format("<details><summary>Show {}</summary><div><div class=\"filters\" id=\"filters\" hidden>",
                  count_in_words(events.size() - left_out, "event"));
  for (const auto& [topic, name] : topics) {
    const bool all = std::string_view(topic) == "all";
    const std::size_t count = all ? events.size() - left_out : counts[topic];
    if (count > 0)
      table += fmt::format("<button type=\"button\" data-show=\"{}\" aria-pressed=\"{}\">{} {}</button>", topic,
                           all ? "true" : "false", name, count);
  }
  table += "</div>";
  if (left_out > 0)
    table += fmt::format("<p>The oldest {} are left out here; the JSON report has them all.</p>",
                         count_in_words(left_out, "event"));
  table +=
      "<table class=\"stack\"><thead><tr><th class=\"n\">Row</th><th>Time (UTC)</th><th>Event</th><th>In "
      "words</th></tr></thead><tbody>";
  for (std::size_t i = left_out; i < events.size(); ++i) {
    const Event& event = events[i];
    table += fmt::format(
        "<tr data-topic=\"{}\"><td class=\"n\" data-name=\"Row\">{}</td><td class=\"t\">{}</td><td "
        "class=\"t\">{}</td><td>{}</td></tr>",
        topic_of(event.type), number_in_words(timeline.rows[i]), time_in_words(event.at), escaped(event.type),
        escaped(in_words(event)));
  }
  return table + "</tbody></table></div></details>";
}

}  // namespace perennial::app
