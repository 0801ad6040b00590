#include "domain/base/time.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace daybook {
namespace {

constexpr int kMinYear = 1900;
constexpr int kMaxYear = 2200;

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

type::v1::Date ToProto(absl::CivilDay day) {
  type::v1::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& timestamp) {
  static const absl::Time kFirst =
      absl::FromCivil(absl::CivilDay(kMinYear, 1, 1), absl::UTCTimeZone());
  static const absl::Time kEnd =
      absl::FromCivil(absl::CivilDay(kMaxYear + 1, 1, 1), absl::UTCTimeZone());
  if (timestamp.nanos() < 0 || timestamp.nanos() >= 1'000'000'000) {
    return absl::InvalidArgumentError("nanos must be from 0 to 999,999,999");
  }
  const absl::Time time =
      absl::FromUnixSeconds(timestamp.seconds()) + absl::Microseconds(timestamp.nanos() / 1000);
  if (time < kFirst || time >= kEnd) {
    return absl::InvalidArgumentError("the year must be from 1900 to 2200");
  }
  return time;
}

absl::StatusOr<absl::CivilDay> FromProto(const type::v1::Date& date) {
  const absl::CivilDay day(date.year(), date.month(), date.day());
  if (day.year() != date.year() || day.month() != date.month() || day.day() != date.day()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("there is no day %d-%02d-%02d", date.year(), date.month(), date.day()));
  }
  if (date.year() < kMinYear || date.year() > kMaxYear) {
    return absl::InvalidArgumentError("the year must be from 1900 to 2200");
  }
  return day;
}

absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text) {
  absl::CivilDay day;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !absl::ParseCivilTime(text, &day) ||
      FormatDay(day) != text) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a day (expected YYYY-MM-DD)"));
  }
  if (day.year() < kMinYear || day.year() > kMaxYear) {
    return absl::InvalidArgumentError("the year must be from 1900 to 2200");
  }
  return day;
}

absl::StatusOr<absl::Time> ParseInstant(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an instant (expected 2026-03-01T12:00:00Z)"));
  }
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::string FormatDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

std::string FormatInstant(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

absl::Time StartOfDay(absl::CivilDay day, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(day));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

absl::Time EndOfDay(absl::CivilDay day, absl::TimeZone zone) {
  return StartOfDay(day + 1, zone) - absl::Microseconds(1);
}

absl::StatusOr<absl::TimeZone> LoadZone(absl::string_view name) {
  absl::TimeZone zone;
  if (name.empty() || !absl::LoadTimeZone(name, &zone)) {
    return absl::InvalidArgumentError(absl::StrCat("unknown time zone '", name, "'"));
  }
  return zone;
}

}  // namespace daybook
