#pragma once

// Entries that hold for a time: who has a role, how an account is billed, which brand it is of. An
// entry is a message with `effective_from` and, optionally, `effective_until`, calendar days,
// half-open. Entries of one series never overlap and stand in the record in order of days; several
// series may share a repeated field, told apart by a predicate (the role, for instance).
//
// An entry without an end that begins on a day takes the place of whatever stands then: the one
// before it ends there, and it lasts until the next one that is already planned. An entry with an
// end must lie where nothing stands. An entry that begins on the day another one begins replaces
// it: a correction.

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "daybook/type/v1/date.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/decider.h"
#include "google/protobuf/repeated_field.h"

namespace daybook::domain {

// Of one repeated field, all series together.
inline constexpr int kDatedEntriesMax = 500;

struct Interval {
  absl::CivilDay from;
  std::optional<absl::CivilDay> until;  // absent: without end

  friend bool operator==(const Interval&, const Interval&) = default;
};

bool Covers(const Interval& interval, absl::CivilDay day);
bool Overlap(const Interval& a, const Interval& b);
// The days of both. REQUIRES: they overlap.
Interval Intersect(const Interval& a, const Interval& b);
// "2026-01-01 to 2026-06-30", the last day included; "from 2026-01-01".
std::string Describe(const Interval& interval);

// Fits `wanted` into a series: sets its end where it has none and another one follows. `series` is
// in order of days. Errors: INTERVAL_OVERLAP, INVALID_FIELD (ends before it begins).
absl::Status Fit(const std::vector<Interval>& series, Interval* wanted);

// A day of a record. Total: what is no day becomes the nearest thing to it.
absl::CivilDay DayOf(const type::v1::Date& date);

template <class Entry>
Interval IntervalOf(const Entry& entry) {
  Interval interval{DayOf(entry.effective_from()), std::nullopt};
  if (entry.has_effective_until()) interval.until = DayOf(entry.effective_until());
  return interval;
}

template <class Entry>
using Entries = google::protobuf::RepeatedPtrField<Entry>;

// The predicate of fields that hold one series.
inline constexpr auto kOneSeries = [](const auto&) { return true; };

// The entry of a series that stands on a day; null: none. `of_series` takes an entry.
template <class Entry, class OfSeries>
const Entry* StandingOn(const Entries<Entry>& entries, absl::CivilDay day, OfSeries of_series) {
  for (const Entry& entry : entries) {
    if (of_series(entry) && Covers(IntervalOf(entry), day)) return &entry;
  }
  return nullptr;
}
template <class Entry>
const Entry* StandingOn(const Entries<Entry>& entries, absl::CivilDay day) {
  return StandingOn(entries, day, kOneSeries);
}

// For Decide: fills in the first day (the business day unless said) and, where it follows from what
// is planned, the end of `wanted`. True when the series already holds exactly this entry. Errors:
// as Fit, and LIMIT_EXCEEDED.
absl::Status CheckDatedRoom(int entries);
template <class Entry, class OfSeries>
absl::StatusOr<bool> FitDated(const Entries<Entry>& entries, const Context& context,
                              OfSeries of_series, Entry* wanted) {
  if (!wanted->has_effective_from()) {
    *wanted->mutable_effective_from() = ToProto(context.EffectiveDay());
  }
  Interval interval = IntervalOf(*wanted);
  std::vector<Interval> series;
  for (const Entry& entry : entries) {
    if (of_series(entry)) series.push_back(IntervalOf(entry));
  }
  DAYBOOK_RETURN_IF_ERROR(Fit(series, &interval));
  if (interval.until.has_value()) *wanted->mutable_effective_until() = ToProto(*interval.until);
  for (const Entry& entry : entries) {
    if (!of_series(entry)) continue;
    // What stands on that day says the same, for as long: nothing would change.
    Entry same = *wanted;
    *same.mutable_effective_from() = entry.effective_from();
    if (Covers(IntervalOf(entry), interval.from) &&
        same.SerializeAsString() == entry.SerializeAsString()) {
      return true;
    }
  }
  DAYBOOK_RETURN_IF_ERROR(CheckDatedRoom(entries.size()));
  return false;
}

// Where an entry went.
struct DatedPlace {
  int at = 0;
  bool replaced = false;
};

// For Evolve: puts an entry into its series and ends what stood on its first day. Total.
template <class Entry, class OfSeries>
DatedPlace PutDated(const Entry& entry, OfSeries of_series, Entries<Entry>* entries) {
  const absl::CivilDay from = DayOf(entry.effective_from());
  int at = entries->size();
  for (int i = 0; i < entries->size(); ++i) {
    Entry& other = *entries->Mutable(i);
    if (!of_series(other)) continue;
    const Interval interval = IntervalOf(other);
    if (interval.from == from) {
      other = entry;
      return {i, true};
    }
    if (interval.from > from) {
      at = i;
      break;
    }
    if (Covers(interval, from)) *other.mutable_effective_until() = entry.effective_from();
  }
  *entries->Add() = entry;
  for (int i = entries->size() - 1; i > at; --i) entries->SwapElements(i, i - 1);
  return {at, false};
}
template <class Entry>
DatedPlace PutDated(const Entry& entry, Entries<Entry>* entries) {
  return PutDated(entry, kOneSeries, entries);
}

// For Evolve: from `day` on nothing of the series stands. What stands then ends, what was planned
// for later is taken out. Returns how many entries were taken out, all at the end of the series.
template <class Entry, class OfSeries>
int EndDated(absl::CivilDay day, OfSeries of_series, Entries<Entry>* entries) {
  int removed = 0;
  for (int i = entries->size() - 1; i >= 0; --i) {
    Entry& entry = *entries->Mutable(i);
    if (!of_series(entry)) continue;
    const Interval interval = IntervalOf(entry);
    if (interval.from >= day) {
      entries->DeleteSubrange(i, 1);
      ++removed;
    } else if (Covers(interval, day)) {
      *entry.mutable_effective_until() = ToProto(day);
    }
  }
  return removed;
}

}  // namespace daybook::domain
