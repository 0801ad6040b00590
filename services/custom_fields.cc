#include "services/custom_fields.h"

#include <utility>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"

namespace daybook::services {
namespace {

absl::StatusOr<ReadType> Parse(const domain::ObjectType& native, const std::string& bytes) {
  auto catalog = std::make_shared<setup::v1::FieldCatalog>();
  if (!catalog->ParseFromString(bytes)) {
    return Reject(rpc::v1::REASON_DATA_LOSS, "the row of a field catalog cannot be read");
  }
  ReadType read;
  read.type = std::make_shared<domain::ObjectType>(domain::WithCustomFields(native, *catalog));
  for (const domain::Field& field : read.type->fields()) {
    read.computes = read.computes || field.computed;
  }
  for (const auto& definition : catalog->fields()) {
    read.hides = read.hides || definition.retired();
  }
  read.catalog = std::move(catalog);
  return read;
}

}  // namespace

bool CustomFields::FindKnown(uint16_t type, eventstore::LogPosition at, ReadType* read) {
  std::lock_guard lock(mutex_);
  const auto known = known_.find(type);
  if (known == known_.end() || known->second.at != at) return false;
  *read = known->second.read;
  return true;
}

absl::StatusOr<ReadType> CustomFields::Of(absl::string_view record_type) {
  static const domain::ObjectType& catalogs = *domain::Registry::Get().Find("field_catalog");
  const domain::ObjectType* native = domain::Registry::Get().Find(record_type);
  if (native == nullptr) return ReadType{};
  const ReadType bare{{native, [](const domain::ObjectType*) {}}};
  if (!native->takes_custom()) return bare;
  // Before the snapshot, so that what is found is at least as new.
  const eventstore::LogPosition at = views_.applied();
  ReadType read;
  if (FindKnown(native->id(), at, &read)) return read;
  DAYBOOK_ASSIGN_OR_RETURN(
      std::optional<std::string> bytes,
      views_.Now()->GetSerialized(catalogs, domain::FieldCatalogId(record_type)));
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(native->id());
    if (known != known_.end() && known->second.bytes == bytes) {
      known->second.at = at;
      return known->second.read;
    }
  }
  read = bare;
  if (bytes.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(read, Parse(*native, *bytes));
  }
  std::lock_guard lock(mutex_);
  known_[native->id()] = {at, std::move(bytes), read};
  return read;
}

}  // namespace daybook::services
