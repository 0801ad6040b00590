#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daybook/type/v1/date.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace daybook {

// Instants are absl::Time (UTC, microseconds), calendar days absl::CivilDay; neither turns into the
// other without a zone.

google::protobuf::Timestamp ToProto(absl::Time time);
type::v1::Date ToProto(absl::CivilDay day);

// INVALID_ARGUMENT outside the years 1900 to 2200 and for nanos out of range.
absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& timestamp);
// INVALID_ARGUMENT for days that do not exist (30 February) and years outside 1900 to 2200.
absl::StatusOr<absl::CivilDay> FromProto(const type::v1::Date& date);

// "2026-03-01", and nothing else.
absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text);
// RFC 3339, "2026-03-01T12:00:00Z" with any offset.
absl::StatusOr<absl::Time> ParseInstant(absl::string_view text);
std::string FormatDay(absl::CivilDay day);
std::string FormatInstant(absl::Time time);  // RFC 3339 in UTC, microseconds only where not zero

// The first instant of a day in a zone, also where the clock skips midnight.
absl::Time StartOfDay(absl::CivilDay day, absl::TimeZone zone);
// The last microsecond of a day in a zone.
absl::Time EndOfDay(absl::CivilDay day, absl::TimeZone zone);
// INVALID_ARGUMENT for a name that the IANA database does not have.
absl::StatusOr<absl::TimeZone> LoadZone(absl::string_view name);

}  // namespace daybook
