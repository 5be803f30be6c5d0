// Values that the training rows never had. New ones come with time; the same ones in a new spelling are a fault.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// Share of the rows with unseen values that must be explained before "recoded" is said.
constexpr double explained_share = 0.9;
/// A fault needs at least this share of unseen values.
constexpr double fault_share = 0.5;
/// Fewest values whose frequencies can be recognised.
constexpr std::size_t recognisable_values = 3;

/// What stays of a value whatever its case, blanks, punctuation, leading zeros and a trailing ".0".
std::string stem(std::string_view value) {
  if (value.ends_with(".0")) value.remove_suffix(2);
  std::string kept;
  for (const char c : value)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      kept += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto first = kept.find_first_not_of('0');
  return first == std::string::npos ? kept : kept.substr(first);
}

/// The counts of the values that are there, largest first.
std::vector<double> ranked(const std::map<std::string, std::uint64_t>& counts, std::uint64_t rows) {
  std::vector<double> shares;
  for (const auto& [value, count] : counts) shares.push_back(static_cast<double>(count) / static_cast<double>(rows));
  std::ranges::sort(shares, std::greater{});
  return shares;
}

double total_variation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    sum += std::abs((i < a.size() ? a[i] : 0) - (i < b.size() ? b[i] : 0));
  return sum / 2;
}

struct Unseen {
  std::uint64_t present = 0;
  std::uint64_t unseen = 0;
  std::uint64_t respelled = 0;  ///< unseen rows whose stem is known
  std::map<std::string, std::uint64_t> counts;
  std::string example;
};

Unseen count(const ColumnProfile& profile, const ColumnView& column) {
  Unseen result;
  for (const std::int32_t code : column.codes)
    if (code >= 0) {
      ++result.present;
      ++result.counts[column.dictionary->value(code)];
    }
  std::set<std::string> stems;
  std::uint64_t most = 0;
  for (const auto& [value, rows] : result.counts) {
    if (profile.counts.contains(value)) continue;
    if (stems.empty())
      for (const auto& [known, times] : profile.counts)
        if (auto text = stem(known); !text.empty()) stems.insert(std::move(text));
    result.unseen += rows;
    if (stems.contains(stem(value))) result.respelled += rows;
    if (rows > most) {
      most = rows;
      result.example = value.substr(0, 40);
    }
  }
  return result;
}

std::vector<std::uint8_t> unseen_flags(const ColumnProfile& profile, const ColumnView& column) {
  std::vector<std::uint8_t> flags;
  for (const std::int32_t code : column.codes)
    flags.push_back(code >= 0 && !profile.counts.contains(column.dictionary->value(code)) ? 1 : 0);
  return flags;
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  for_each_column(look, ColumnKind::categorical, [&](const auto& profile, const auto& newest, const auto& whole) {
    if (profile.counts.empty()) return;
    const Unseen now = count(profile, newest);
    if (now.present == 0 || now.unseen == 0) return;
    const double share = static_cast<double>(now.unseen) / static_cast<double>(now.present);
    // Values seen once stand for those not seen yet (Good & Turing 1953).
    std::uint64_t once = 0;
    for (const auto& [value, times] : profile.counts) once += times == 1 ? 1 : 0;
    const double usual = std::max({profile.usual_unseen, static_cast<double>(once) / static_cast<double>(profile.rows),
                                   1 / static_cast<double>(profile.rows)});
    const bool respelled =
        share >= fault_share && static_cast<double>(now.respelled) >= explained_share * static_cast<double>(now.unseen);
    const double noise = std::sqrt(static_cast<double>(now.counts.size()) / static_cast<double>(now.present));
    // In a short stretch, or values that come one after the other, as months do, would be taken for a mixture.
    const bool recoded = newest.size() <= 2 * look.profile.block() && share >= explained_share &&
                         now.counts.size() >= recognisable_values &&
                         profile.ranked_shares.size() >= recognisable_values &&
                         now.counts.size() <= 2 * profile.usual_distinct + 2 &&
                         total_variation(ranked(now.counts, now.present), profile.ranked_shares) < 0.1 + noise / 2;
    if (share - usual < look.level && !respelled) return;
    if (stats::binomial_sf(now.unseen, now.present, std::min(usual, 0.99)) > look.p_level && !respelled) return;
    Finding finding = finding_at(look, "unseen", profile.name,
                                 onset_of_flags(unseen_flags(profile, whole), std::min(usual, share / 2), share));
    finding.severity = respelled || recoded ? Severity::fault : Severity::warning;
    finding.measured = share;
    finding.expected = usual;
    finding.threshold = usual + look.level;
    finding.detail = fmt::format("{:.0f} % of the values were never seen, such as '{}'{}", 100 * share, now.example,
                                 respelled ? ": the known ones in another spelling"
                                 : recoded ? ": as frequent as the known ones, under other names"
                                           : "");
    findings.push_back(std::move(finding));
  });
  return findings;
}

}  // namespace

Check unseen_check() {
  return {{"unseen",
           "values that the training rows never had; a fault where they are the known ones recoded",
           {{"level", "0.1", "> 0", "share", "rise of the share of unseen values"}}},
          0.1,
          true,
          run};
}

}  // namespace perennial::drift::quality
