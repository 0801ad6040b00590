#include "cli/import/shapes.h"

#include <limits>

#include "absl/numeric/int128.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

constexpr int kYearMin = 1900;
constexpr int kYearMax = 2200;
// Enough for int64 and any decimals; more would be padding.
constexpr size_t kDigitsMax = 36;

bool HasTimeOfDay(absl::string_view pattern) {
  for (const absl::string_view part : {"%H", "%I", "%M", "%T", "%R", "%s", "%S", "%c", "%X"}) {
    if (absl::StrContains(pattern, part)) return true;
  }
  return absl::StrContains(pattern, "%E") && absl::StrContains(pattern, "S");
}

std::string Expected(const DateShape& shape) {
  if (shape.patterns.empty()) return "2017-03-01";
  std::string out;
  for (const auto& pattern : shape.patterns)
    absl::StrAppend(&out, out.empty() ? "" : " or ", pattern);
  return out;
}

absl::Status NoDate(const DateShape& shape, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no date of the shape ", Expected(shape)));
}

}  // namespace

absl::StatusOr<absl::CivilDay> ParseShapedDay(const DateShape& shape, absl::string_view text) {
  if (shape.patterns.empty()) {
    auto day = ParseDay(text);
    if (!day.ok()) return NoDate(shape, text);
    return day;
  }
  for (const auto& pattern : shape.patterns) {
    absl::Time time;
    // In UTC: the day is meant, not an instant.
    if (!absl::ParseTime(pattern, text, absl::UTCTimeZone(), &time, nullptr)) continue;
    const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
    if (day.year() < kYearMin || day.year() > kYearMax) continue;
    return day;
  }
  return NoDate(shape, text);
}

absl::StatusOr<absl::Time> ParseShapedTime(const DateShape& shape, absl::string_view text) {
  if (shape.patterns.empty()) {
    if (const auto instant = ParseInstant(text); instant.ok()) return instant;
  }
  for (const auto& pattern : shape.patterns) {
    absl::Time time;
    if (!HasTimeOfDay(pattern) || !absl::ParseTime(pattern, text, shape.zone, &time, nullptr)) {
      continue;
    }
    const auto year = absl::ToCivilYear(time, shape.zone).year();
    if (year >= kYearMin && year <= kYearMax) return time;
  }
  const auto day = ParseShapedDay(shape, text);
  if (!day.ok()) return day.status();
  return StartOfDay(*day, shape.zone);
}

absl::StatusOr<int64_t> ParseScaled(const NumberShape& shape, absl::string_view text,
                                    int decimals) {
  std::string digits;
  bool negative = false;
  bool seen_decimal = false;
  int scale = 0;
  const auto bad = [&] {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no number"));
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (shape.strip.find(c) != std::string::npos) continue;
    if ((c == '-' || c == '+') && digits.empty() && !seen_decimal) {
      if (negative) return bad();
      negative = c == '-';
    } else if (c >= '0' && c <= '9') {
      digits.push_back(c);
      if (seen_decimal) ++scale;
    } else if (c == shape.decimal && !seen_decimal) {
      seen_decimal = true;
    } else if (c != shape.group || shape.group == '\0' || seen_decimal || digits.empty()) {
      return bad();
    }
  }
  if (digits.empty() || digits.size() > kDigitsMax) return bad();
  absl::int128 value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  if (value > std::numeric_limits<int64_t>::max()) {
    return absl::OutOfRangeError(absl::StrCat("\"", text, "\" is too large"));
  }
  value *= shape.multiply;
  for (int i = 0; i < decimals; ++i) value *= 10;
  for (; scale > 0; --scale) {
    if (value % 10 != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\" has more decimals than can be kept (", decimals, ")"));
    }
    value /= 10;
  }
  if (value > std::numeric_limits<int64_t>::max()) {
    return absl::OutOfRangeError(absl::StrCat("\"", text, "\" is too large"));
  }
  const auto result = static_cast<int64_t>(value);
  return negative ? -result : result;
}

}  // namespace daybook::cli
