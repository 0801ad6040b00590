#pragma once

// Filters that are put together from parts, for questions that add conditions of their own to what
// the caller asks for.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daybook/type/v1/date.pb.h"
#include "domain/fields/filter.h"

namespace daybook::services {

// A text as a filter's value that means just that text, in quotes.
std::string QuotedText(absl::string_view text);

// What must hold all together. Each part is parsed on its own, so that none can change another.
class RecordFilter {
 public:
  // `currency`: for bare numbers compared with money.
  RecordFilter(const domain::ObjectType& type, std::string currency);

  // What is added from now on can name lookups and rollups.
  void AllowComputed() { options_.computed = true; }
  // Errors as ParseFilter. Empty text asks nothing.
  absl::Status Add(absl::string_view text);
  // A part that is bound to the type already.
  void Add(domain::BoundFilter part) { all_.children.push_back(std::move(part)); }
  // The field, a date or an instant, lies in [from, until), in `zone`.
  absl::Status AddPeriod(absl::string_view field, absl::CivilDay from, absl::CivilDay until,
                         absl::TimeZone zone);
  // Archived records are left out, where records of the type are archived.
  absl::Status LeaveOutArchived();

  const domain::BoundFilter& filter() const { return all_; }

 private:
  const domain::ObjectType& type_;
  domain::BindOptions options_;
  domain::BoundFilter all_;
};

// A half-open period of days.
struct DayPeriod {
  absl::CivilDay from;
  absl::CivilDay until;
};
// Nullopt when neither day is there. INVALID_FIELD: one of them alone, an impossible day, an end
// that is not after the beginning, more than `days_max` days.
absl::StatusOr<std::optional<DayPeriod>> OptionalPeriod(bool has_from, const type::v1::Date& from,
                                                        bool has_until, const type::v1::Date& until,
                                                        int days_max);

}  // namespace daybook::services
