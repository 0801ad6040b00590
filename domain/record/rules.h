#pragma once

// Rules and refusals that aggregates share, so that the same mistake gets the same answer
// everywhere. Pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/decider.h"
#include "domain/record/edit.h"
#include "google/protobuf/field_mask.pb.h"

namespace daybook::domain {

// Evolve's answer to an event without a kind: decoding has refused those, so Daybook itself is
// wrong.
[[noreturn]] void ImpossibleEvent(absl::string_view aggregate);

// The decision of a command that finds everything as it asks.
template <class Event>
Decision<Event> Nothing() {
  return {};
}

// DUPLICATE_KEY when the record exists (`record_id` is set). For creations.
absl::Status RequireNew(absl::string_view aggregate, absl::string_view record_id);
// NOT_FOUND when the record does not exist. For every other command.
absl::Status RequireExisting(absl::string_view aggregate, absl::string_view record_id,
                             const Context& context);

// INVALID_FIELD when the text is empty or nothing but blanks.
absl::Status RequireText(absl::string_view field, absl::string_view text);
inline constexpr size_t kStableNameBytesMax = 50;
// A name that programs use: 1 to kStableNameBytesMax small letters, digits and underscores.
bool IsStableName(absl::string_view name);

// INVALID_FIELD unless empty or "<source>:<key>" with both parts there.
absl::Status CheckExternalKey(absl::string_view key);
// The claim of the key: kind "<aggregate>-external-key". Empty keys claim nothing.
void ClaimExternalKey(absl::string_view aggregate, absl::string_view key,
                      std::vector<Claim>* claims);

// ILLEGAL_TRANSITION: `state` is the record's, `allowed` the states (comma-separated) from which,
// or to which, the command goes.
absl::Status IllegalTransition(absl::string_view aggregate, absl::string_view state,
                               absl::string_view allowed, absl::string_view advice);
// RECORD_ARCHIVED: the record takes no such change. `advice` says what to do instead.
absl::Status OutOfUse(absl::string_view aggregate, absl::string_view id, absl::string_view state,
                      absl::string_view advice);
// LIMIT_EXCEEDED of one of our named limits.
absl::Status LimitExceeded(absl::string_view field, int64_t limit, int64_t value);

// "OPPORTUNITY_STATE_WON" without "OPPORTUNITY_STATE_".
absl::string_view ShortName(absl::string_view enum_name, absl::string_view prefix);

// Whether an update mask names the field.
bool Names(const google::protobuf::FieldMask& mask, absl::string_view path);

// For Gather: loads what the masked fields of an update refer to by `lookup`.
absl::Status LoadMaskedLookups(const google::protobuf::Message& wanted,
                               const google::protobuf::FieldMask& mask, FactLoader& loader);

// DiffFields into an event of the shape XFieldsChanged; `next` becomes the record as it would be.
// Returns whether anything differs.
template <class FieldsChanged, class Record>
absl::StatusOr<bool> Edit(const Record& current, const Record& wanted,
                          const google::protobuf::FieldMask& mask, FieldsChanged* change,
                          Record* next) {
  auto differs = DiffFields(current, wanted, mask, change->mutable_fields(),
                            change->mutable_before(), change->mutable_after());
  if (!differs.ok()) return differs;
  *next = current;
  if (*differs) ApplyFields(change->fields(), change->after(), next);
  return differs;
}

// The decision of an update that has no rules beyond those of its fields, as where custom fields
// are all that may be named. REQUIRES: events of D have `fields_changed`.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecideEdit(const typename D::State& state,
                                                       const typename D::Record& wanted,
                                                       const google::protobuf::FieldMask& mask) {
  Decision<typename D::Event> decision;
  typename D::Record next;
  auto differs = Edit(state.record, wanted, mask, decision.Add().mutable_fields_changed(), &next);
  if (!differs.ok()) return differs.status();
  if (!*differs) return Nothing<typename D::Event>();
  return decision;
}

}  // namespace daybook::domain
