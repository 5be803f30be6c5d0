#pragma once
// The shell of the HTML reports: one file, style and script inline, no network (a content policy forbids it).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial::app {

/// A whole document. `title` is escaped here; `body` is markup of our own in which data is escaped already.
std::string html_page(std::string_view title, std::string_view body);

/// A card with a heading; `body` is markup.
std::string html_section(std::string_view heading, std::string_view body);
/// A number with its name, and a line of explanation below; all escaped here. `mood`: "", "good" or "bad".
std::string html_tile(std::string_view name, std::string_view value, std::string_view below,
                      std::string_view mood = {});
/// Both sizes of a chart, of which the reader's screen shows one: markup of a wide and of a narrow drawing.
std::string html_chart(std::string_view wide, std::string_view narrow);
/// Keys (markup of svg::legend_*) with their names (escaped here).
std::string html_legend(const std::vector<std::pair<std::string, std::string>>& entries);
/// A bulleted list (escaped here); empty where there are none.
std::string html_list(const std::vector<std::string>& lines);

}  // namespace perennial::app
