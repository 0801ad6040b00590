#include "domain/record/dated.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

absl::Status Overlapping(const Interval& wanted, const Interval& stands) {
  return Reject(Reason::REASON_INTERVAL_OVERLAP,
                absl::StrCat(Describe(wanted), " overlaps what holds ", Describe(stands),
                             "; leave effective_until empty to take its place, or choose days on "
                             "which nothing holds."),
                {{"field", "effective_until"},
                 {"from", FormatDay(stands.from)},
                 {"until", stands.until.has_value() ? FormatDay(*stands.until) : ""}});
}

}  // namespace

bool Covers(const Interval& interval, absl::CivilDay day) {
  return day >= interval.from && (!interval.until.has_value() || day < *interval.until);
}

bool Overlap(const Interval& a, const Interval& b) {
  return (!a.until.has_value() || b.from < *a.until) &&
         (!b.until.has_value() || a.from < *b.until) &&
         // An interval without days overlaps nothing.
         (!a.until.has_value() || a.from < *a.until) && (!b.until.has_value() || b.from < *b.until);
}

Interval Intersect(const Interval& a, const Interval& b) {
  Interval both{std::max(a.from, b.from), a.until};
  if (b.until.has_value() && (!both.until.has_value() || *b.until < *both.until)) {
    both.until = b.until;
  }
  return both;
}

std::string Describe(const Interval& interval) {
  if (!interval.until.has_value()) return absl::StrCat("from ", FormatDay(interval.from));
  return absl::StrCat(FormatDay(interval.from), " to ", FormatDay(*interval.until - 1));
}

absl::Status Fit(const std::vector<Interval>& series, Interval* wanted) {
  if (wanted->until.has_value()) {
    if (*wanted->until <= wanted->from) {
      return InvalidField("effective_until",
                          absl::StrCat(FormatDay(*wanted->until), " must be after the first day, ",
                                       FormatDay(wanted->from)));
    }
    for (const Interval& other : series) {
      if (other.from != wanted->from && Overlap(other, *wanted)) return Overlapping(*wanted, other);
    }
    return absl::OkStatus();
  }
  for (const Interval& other : series) {
    if (other.from <= wanted->from) continue;
    wanted->until = other.from;
    break;
  }
  return absl::OkStatus();
}

absl::CivilDay DayOf(const type::v1::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

absl::Status CheckDatedRoom(int entries) {
  if (entries < kDatedEntriesMax) return absl::OkStatus();
  return LimitExceeded("effective_from", kDatedEntriesMax, entries + 1);
}

}  // namespace daybook::domain
