#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "domain/fields/registry.h"
#include "projections/views.h"
#include "services/computed_limits.h"

namespace daybook::services {

// A record type as it is to readers: with the custom fields that are defined now.
struct ReadType {
  std::shared_ptr<const domain::ObjectType> type;
  std::shared_ptr<const setup::v1::FieldCatalog> catalog;  // null: no custom field was ever defined
  bool computes = false;                                   // some lookup or rollup is in use
  // Of parts of the records (domain::CustomPart): the structure, and what is defined for it.
  std::vector<std::pair<const google::protobuf::FieldDescriptor*,
                        std::shared_ptr<const setup::v1::FieldCatalog>>>
      parts;
  bool hides = false;  // some field is retired: records may hold values that nobody is shown

  // Whether answers differ from what is stored.
  bool rewrites() const { return computes || hides; }
};

// Takes the values of retired fields out of a record and its parts.
void HideRetired(const ReadType& read, google::protobuf::Message* record);

// The record types with their custom fields. Definitions are always those of now, also for reads of
// the past: names never change, and a field computed for last year is what one defines it for.
// Thread-safe.
class CustomFields {
 public:
  CustomFields(const projections::Views& views, const ComputedLimits& limits)
      : views_(views), limits_(limits) {}

  // `type` null when there is no such record type. Errors: VIEW_UNAVAILABLE.
  absl::StatusOr<ReadType> Of(absl::string_view record_type);
  // What HideRetired has to know of a record in an answer, of a command for one; nullopt where it
  // is shown as it is. Reads nothing for records without custom values. Definitions are those that
  // the views have taken in.
  std::optional<ReadType> HidingFrom(const google::protobuf::Message& record);
  // For answers that hold whole records beside the standard methods.
  void HideRetiredIn(google::protobuf::Message* record);
  const ComputedLimits& limits() const { return limits_; }

 private:
  // The catalog of the records, then those of their parts, serialized.
  using Rows = std::vector<std::optional<std::string>>;
  struct Known {
    eventstore::LogPosition at = 0;  // up to here it was looked at
    Rows rows;                       // of the catalogs it was made from
    ReadType read;
  };
  // Definitions change rarely and reads are many: the row is looked at once for each position.
  bool FindKnown(uint16_t type, eventstore::LogPosition at, ReadType* read);

  absl::StatusOr<Rows> ReadRows(absl::string_view record_type);

  const projections::Views& views_;
  const ComputedLimits limits_;
  std::mutex mutex_;
  std::map<uint16_t, Known> known_;
};

}  // namespace daybook::services
