#pragma once

// Rules that several commands of an activity share.

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/work/v1/activity.pb.h"
#include "daybook/work/v1/activity_events.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

std::string ActivityStateName(work::v1::ActivityState state);

// The activity exists and is not archived; NOT_FOUND, RECORD_ARCHIVED.
absl::Status CheckActivityWritable(const work::v1::Activity& activity, const Context& context);
// And it is planned; ILLEGAL_TRANSITION.
absl::Status CheckActivityPlanned(const work::v1::Activity& activity, const Context& context);

// What it says: subject and description by kind, tags, direction, reminder, duration, external key.
// INVALID_FIELD.
absl::Status CheckActivityTexts(const work::v1::Activity& activity);

// What it is about is in use: account, contact, deal, lead, participants. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED.
absl::Status CheckActivityReferences(const work::v1::Activity& activity, const Context& context);

// The account of the contact, else of the deal, where none is named.
void FillActivityAccount(const Context& context, work::v1::Activity* activity);
// For Gather: loads what CheckActivityReferences and FillActivityAccount look at.
absl::Status LoadActivityReferences(const work::v1::Activity& activity, FactLoader& loader);

enum class PastDue { kRefused, kAllowed };
// When an activity is due, with its day. INVALID_FIELD: both a day and a time, parts of a second, a
// duration without a time or too long, the past.
absl::StatusOr<work::v1::ActivityDue> MakeActivityDue(const type::v1::Date* date,
                                                      const google::protobuf::Timestamp* time,
                                                      std::optional<uint32_t> duration_minutes,
                                                      PastDue past, const Context& context);
// Writes it into a record, and reads it back.
void SetActivityDue(const work::v1::ActivityDue& due, work::v1::Activity* activity);
work::v1::ActivityDue ActivityDueOf(const work::v1::Activity& activity);

// An instant that is not in the future; absent: the business time of the command. INVALID_FIELD.
absl::StatusOr<google::protobuf::Timestamp> MakeDoneTime(const google::protobuf::Timestamp* time,
                                                         const Context& context);

}  // namespace daybook::domain
