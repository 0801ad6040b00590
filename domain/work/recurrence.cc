#include "domain/work/recurrence.h"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::domain {
namespace {

constexpr int kYearMax = 2200;
constexpr int kWeekMax = 53;

// The last moment of a rule: a day, or an instant.
struct Until {
  std::optional<absl::CivilDay> day;
  std::optional<absl::Time> time;
};

struct Parts {
  std::string frequency;
  std::string days;   // for libical: everything but UNTIL
  std::string until;  // as written; empty: none
};

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return InvalidField(field, what);
}

// A number from `min` to `max`, without a sign.
bool IsNumber(absl::string_view text, int min, int max) {
  int number = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  return digits && absl::SimpleAtoi(text, &number) && number >= min && number <= max;
}

bool IsSignedNumber(absl::string_view text, int max) {
  if (absl::StartsWith(text, "-") || absl::StartsWith(text, "+")) text.remove_prefix(1);
  return IsNumber(text, 1, max);
}

bool IsFrequency(absl::string_view text) {
  return text == "DAILY" || text == "WEEKLY" || text == "MONTHLY" || text == "YEARLY";
}

// "MO", and in months and years "2MO" and "-1FR".
bool IsWeekday(absl::string_view text, absl::string_view frequency) {
  static constexpr std::array<absl::string_view, 7> kDays = {"MO", "TU", "WE", "TH",
                                                             "FR", "SA", "SU"};
  if (text.size() < 2) return false;
  const absl::string_view name = text.substr(text.size() - 2);
  if (std::find(kDays.begin(), kDays.end(), name) == kDays.end()) return false;
  const absl::string_view number = text.substr(0, text.size() - 2);
  if (number.empty()) return true;
  if (frequency == "MONTHLY") return IsSignedNumber(number, 5);
  return frequency == "YEARLY" && IsSignedNumber(number, kWeekMax);
}

bool IsDigits(absl::string_view text, size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

// "20261231" or "20261231T225959Z".
std::optional<Until> ParseUntil(absl::string_view text) {
  if (text.size() < 8 || !IsDigits(text.substr(0, 8), 8)) return std::nullopt;
  const auto day =
      ParseDay(absl::StrCat(text.substr(0, 4), "-", text.substr(4, 2), "-", text.substr(6, 2)));
  if (!day.ok()) return std::nullopt;
  Until until;
  if (text.size() == 8) {
    until.day = *day;
    return until;
  }
  const absl::string_view time = text.substr(8);
  if (time.size() != 8 || time.front() != 'T' || time.back() != 'Z' ||
      !IsDigits(time.substr(1, 6), 6)) {
    return std::nullopt;
  }
  const auto instant = ParseInstant(absl::StrCat(FormatDay(*day), "T", time.substr(1, 2), ":",
                                                 time.substr(3, 2), ":", time.substr(5, 2), "Z"));
  if (!instant.ok()) return std::nullopt;
  until.time = *instant;
  return until;
}

// INVALID_FIELD unless the part may stand in a rule of this frequency.
absl::Status CheckPart(absl::string_view field, absl::string_view frequency, absl::string_view key,
                       absl::string_view value) {
  if (key == "INTERVAL") {
    if (IsNumber(value, 1, kRecurrenceIntervalMax)) return absl::OkStatus();
    return Wrong(field, absl::StrCat("INTERVAL must be from 1 to ", kRecurrenceIntervalMax));
  }
  if (key == "COUNT") {
    if (IsNumber(value, 1, kRecurrenceCountMax)) return absl::OkStatus();
    return Wrong(field, absl::StrCat("COUNT must be from 1 to ", kRecurrenceCountMax));
  }
  if (key == "UNTIL") {
    if (ParseUntil(value).has_value()) return absl::OkStatus();
    return Wrong(field, "UNTIL must be a day (20261231) or an instant (20261231T225959Z)");
  }
  const std::vector<absl::string_view> items = absl::StrSplit(value, ',');
  if (key == "BYDAY") {
    for (const absl::string_view item : items) {
      if (IsWeekday(item, frequency)) continue;
      return Wrong(field, "BYDAY must list days: MO to SU; in months and years also 1MO or -1FR");
    }
    return absl::OkStatus();
  }
  if (key != "BYMONTHDAY") {
    return Wrong(field,
                 "only FREQ, INTERVAL, BYDAY, BYMONTHDAY, COUNT and UNTIL are understood, each "
                 "once");
  }
  if (frequency == "WEEKLY") return Wrong(field, "BYMONTHDAY does not go with FREQ=WEEKLY");
  for (const absl::string_view item : items) {
    if (!IsSignedNumber(item, 31))
      return Wrong(field, "BYMONTHDAY must list 1 to 31, or -31 to -1");
  }
  return absl::OkStatus();
}

absl::StatusOr<Parts> Take(absl::string_view field, absl::string_view rule) {
  std::string text = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(rule));
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "RRULE:");
  std::vector<std::pair<absl::string_view, absl::string_view>> pairs;
  Parts parts;
  for (const absl::string_view part : absl::StrSplit(rest, ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (pair.first == "FREQ" && parts.frequency.empty() && IsFrequency(pair.second)) {
      parts.frequency = std::string(pair.second);
      continue;
    }
    pairs.push_back(pair);
  }
  if (parts.frequency.empty()) {
    return Wrong(field, "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY, for example FREQ=WEEKLY");
  }
  std::vector<absl::string_view> seen;
  parts.days = absl::StrCat("FREQ=", parts.frequency);
  for (const auto& [key, value] : pairs) {
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return Wrong(field, "a part of a rule stands in it once");
    }
    seen.push_back(key);
    DAYBOOK_RETURN_IF_ERROR(CheckPart(field, parts.frequency, key, value));
    if (key == "UNTIL") {
      parts.until = std::string(value);
    } else {
      absl::StrAppend(&parts.days, ";", key, "=", value);
    }
  }
  if (!parts.until.empty() && std::find(seen.begin(), seen.end(), "COUNT") != seen.end()) {
    return Wrong(field, "COUNT and UNTIL exclude each other");
  }
  return parts;
}

// libical would otherwise end the process over a text that it does not like.
void KeepErrorsInside() {
  static const bool done = [] {
    icalerror_set_errors_are_fatal(0);
    return true;
  }();
  static_cast<void>(done);
}

icaltimetype ToIcal(absl::CivilDay day) {
  icaltimetype time = icaltime_null_time();  // a null date has hours below zero
  time.year = static_cast<int>(day.year());
  time.month = day.month();
  time.day = day.day();
  time.is_date = 1;
  return time;
}

struct IteratorDeleter {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

// The days of a rule, one after the other.
class Days {
 public:
  Days(const Parts& parts, const SeriesStart& start, absl::TimeZone zone)
      : start_(start), zone_(zone) {
    KeepErrorsInside();
    if (!parts.until.empty()) until_ = ParseUntil(parts.until);
    const icalrecurrencetype rule = icalrecurrencetype_from_string(parts.days.c_str());
    if (rule.freq == ICAL_NO_RECURRENCE) return;
    iterator_.reset(icalrecur_iterator_new(rule, ToIcal(start.day)));
  }

  std::optional<absl::CivilDay> Next() {
    if (iterator_ == nullptr || given_ == kRecurrenceCountMax) return std::nullopt;
    const icaltimetype time = icalrecur_iterator_next(iterator_.get());
    if (icaltime_is_null_time(time) || time.year > kYearMax) return std::nullopt;
    const absl::CivilDay day(time.year, time.month, time.day);
    if (!Within(day)) return std::nullopt;
    ++given_;
    return day;
  }

 private:
  bool Within(absl::CivilDay day) const {
    if (!until_.has_value()) return true;
    if (until_->day.has_value()) return day <= *until_->day;
    return OccurrenceTime(day, start_.second.value_or(0), zone_) <= *until_->time;
  }

  SeriesStart start_;
  absl::TimeZone zone_;
  std::optional<Until> until_;
  std::unique_ptr<icalrecur_iterator, IteratorDeleter> iterator_;
  int given_ = 0;
};

}  // namespace

absl::StatusOr<std::string> NormaliseRule(absl::string_view field, absl::string_view rule,
                                          const SeriesStart& start, absl::TimeZone zone) {
  DAYBOOK_ASSIGN_OR_RETURN(const Parts parts, Take(field, rule));
  if (!start.second.has_value() && parts.until.size() > 8) {
    return Wrong(field, "UNTIL of an all-day series must be a day (20261231)");
  }
  const std::optional<absl::CivilDay> first = Days(parts, start, zone).Next();
  if (first != start.day) {
    return Wrong(field, absl::StrCat("the first occurrence, ", FormatDay(start.day),
                                     ", is no day of the rule; move it or change the rule"));
  }
  icalrecurrencetype parsed = icalrecurrencetype_from_string(parts.days.c_str());
  char* const text = icalrecurrencetype_as_string_r(&parsed);
  std::string normal = text == nullptr ? parts.days : std::string(text);
  icalmemory_free_buffer(text);
  if (!parts.until.empty()) absl::StrAppend(&normal, ";UNTIL=", parts.until);
  return normal;
}

std::optional<absl::CivilDay> NextDay(absl::string_view rule, const SeriesStart& start,
                                      absl::TimeZone zone, absl::CivilDay after) {
  const absl::StatusOr<Parts> parts = Take("recurrence_rule", rule);
  if (!parts.ok()) return std::nullopt;
  Days days(*parts, start, zone);
  std::optional<absl::CivilDay> day = days.Next();
  while (day.has_value() && *day <= after) day = days.Next();
  return day;
}

absl::Time OccurrenceTime(absl::CivilDay day, uint32_t second, absl::TimeZone zone) {
  return zone.At(absl::CivilSecond(day) + second).pre;
}

}  // namespace daybook::domain
